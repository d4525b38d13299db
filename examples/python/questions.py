"""Groovelake from Python: JSON with requests, tables by Arrow into pandas and Polars, a whole relation as Parquet.

pip install requests pandas pyarrow polars; python questions.py
"""

import io
import os

import pandas as pd
import polars as pl
import pyarrow as pa
import requests

URL = os.environ.get("GROOVELAKE_SERVER_URL", "http://127.0.0.1:4000").rstrip("/")

session = requests.Session()
if key := os.environ.get("GROOVELAKE_API_KEY"):
    session.headers["authorization"] = f"Bearer {key}"


def ask(query: str, variables: dict | None = None, accept: str = "application/json") -> requests.Response:
    response = session.post(
        f"{URL}/graphql", json={"query": query, "variables": variables or {}}, headers={"accept": accept}, timeout=60
    )
    response.raise_for_status()
    return response


# 1. JSON: nested answers.
answer = ask(
    """query ($since: Int!) {
      artists(
        first: 3, where: { albums: { some: { releaseYear: { gte: $since } } } }
        orderBy: [{ field: TRACK_COUNT, direction: DESC }]
      ) {
        nodes { name popularity topTracks(by: ENERGY, first: 1) { value track { name } } }
      }
    }""",
    {"since": 2000},
).json()
for artist in answer["data"]["artists"]["nodes"]:
    popularity = "–" if artist["popularity"] is None else artist["popularity"]
    strongest = artist["topTracks"][0]["track"]["name"] if artist["topTracks"] else "–"
    print(f"{artist['name']}, popularity {popularity}: {strongest}")

# 2. Statistics straight into pandas.
DECADES = """{ trackStats(groupBy: [RELEASE_DECADE], first: 100) {
  nodes { group { keys { value } } count energy { avg median } tempo { avg missing } }
} }"""
arrow = pa.ipc.open_stream(ask(DECADES, accept="application/vnd.apache.arrow.stream").content).read_all()
decades: pd.DataFrame = arrow.to_pandas().sort_values("releaseDecade")
print(decades.to_string(index=False, float_format="{:.3f}".format))

# 3. Every track in a list, no pages, straight into Polars.
TRACKS = "{ tracks(where: { hasAudioFeatures: true }) { nodes { name popularity album { albumType } audioFeatures { energy valence } } } }"
tracks = pl.read_ipc_stream(io.BytesIO(ask(TRACKS, accept="application/vnd.apache.arrow.stream").content))
print(tracks.group_by("album_albumType").agg(pl.len().alias("tracks"), pl.col("audioFeatures_energy").mean()).sort("tracks", descending=True))

# 4. A whole relation as Parquet; the second time the server says that nothing has changed.
path = f"{URL}/export/warehouse.track_dashboard.parquet"
first = session.get(path, timeout=600)
first.raise_for_status()
dashboard = pd.read_parquet(io.BytesIO(first.content))
again = session.get(path, headers={"if-none-match": first.headers["etag"]}, timeout=600)
print(f"{len(dashboard)} rows of {len(dashboard.columns)} columns, then {again.status_code}")
