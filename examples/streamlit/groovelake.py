"""A client of Groovelake: questions as GraphQL, answers as dictionaries, tables as pandas frames by way of Arrow."""

import os

import pandas as pd
import pyarrow as pa
import requests

URL = os.environ.get("GROOVELAKE_SERVER_URL", "http://127.0.0.1:4000").rstrip("/")
KEY = os.environ.get("GROOVELAKE_API_KEY")
ARROW = "application/vnd.apache.arrow.stream"

_session = requests.Session()
if KEY:
    _session.headers["authorization"] = f"Bearer {KEY}"


def _post(query: str, variables: dict | None, accept: str) -> requests.Response:
    return _session.post(
        f"{URL}/graphql",
        json={"query": query, "variables": variables or {}},
        headers={"accept": accept},
        timeout=60,
    )


def ask(query: str, variables: dict | None = None) -> dict:
    """Answers one query. Raises RuntimeError with the server's own words when a field failed."""
    answer = _post(query, variables, "application/json").json()
    if answer.get("errors"):
        raise RuntimeError("\n".join(error["message"] for error in answer["errors"]))
    return answer["data"]


def table(query: str, variables: dict | None = None) -> pd.DataFrame:
    """Answers one query of one root field as a frame, all its rows, with the types of the schema."""
    return arrow_table(query, variables).to_pandas()


def arrow_table(query: str, variables: dict | None = None) -> pa.Table:
    response = _post(query, variables, ARROW)
    if response.status_code != 200:
        raise RuntimeError(response.json()["errors"][0]["message"])
    with pa.ipc.open_stream(response.content) as reader:
        return reader.read_all()


def relation(name: str, columns: list[str] | None = None) -> pa.Table:
    """A whole relation of the lakehouse, e.g. gold.tracks or warehouse.track_dashboard."""
    response = _session.get(
        f"{URL}/export/{name}.arrow", params={"columns": ",".join(columns)} if columns else None, timeout=600
    )
    response.raise_for_status()
    with pa.ipc.open_stream(response.content) as reader:
        return reader.read_all()
