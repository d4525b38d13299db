"""The dashboards that Groovelake's predecessors had, each chart one query: streamlit run app.py"""

import html

import pandas as pd
import streamlit as st

import charts
import groovelake as lake

st.set_page_config(page_title="Groovelake", page_icon="🎛️", layout="wide")
st.markdown(
    """<style>
    .block-container { padding-top: 3.2rem; max-width: 1500px; }
    [data-testid="stMetric"] { background: #1c2030; border-radius: 14px; padding: 16px 18px; }
    [data-testid="stMetricLabel"] { color: #b9bccb; }
    [data-testid="stMetricValue"] { font-size: 1.4rem; }
    [data-testid="stMetricValue"] * { white-space: normal; overflow: visible; line-height: 1.15; }
    h3 { font-size: 1.05rem !important; font-weight: 600; color: #ece8e1; padding-bottom: 0; }
    </style>""",
    unsafe_allow_html=True,
)

ask = st.cache_data(ttl=600, show_spinner=False)(lake.ask)
table = st.cache_data(ttl=600, show_spinner=False)(lake.table)


def sidebar() -> tuple[dict, int]:
    """The slicers: a filter for every chart, and the year of the key figures."""
    st.sidebar.title("🎛️ Groovelake")
    years = ask("{ timeline(of: TRACKS, measure: COUNT, grain: YEAR) { points { period } } }")["timeline"]["points"]
    if not years:
        st.info("There are no dated tracks yet. Wait for the first run to end, then reload.")
        st.stop()
    first, last = int(years[0]["period"]), int(years[-1]["period"])
    span = st.sidebar.slider("Years of release", first, last, (first, last)) if first < last else (first, last)
    counts = "query ($where: AlbumFilter) { artists(first: 1) { totalCount } albums(first: 1, where: $where) { totalCount } }"
    artists = table("{ artists(first: 2000, orderBy: [{ field: TRACK_COUNT, direction: DESC }]) { nodes { id name } } }")
    names = dict(zip(artists["id"], artists["name"]))
    chosen = st.sidebar.multiselect("Artists", list(names), format_func=names.get, placeholder="All artists")
    of_artists = {"artists": {"some": {"id": {"in": chosen}}}} if chosen else {}
    albums = table("query ($where: AlbumFilter) { albums(first: 1000, where: $where) { nodes { id name } } }", {"where": of_artists})
    titles = dict(zip(albums["id"], albums["name"]))
    picked = st.sidebar.multiselect("Albums", list(titles), format_func=titles.get, placeholder="All albums")
    there = ask(counts, {"where": of_artists})
    for shown, kind, hint in ((names, "artists", "those with most tracks"), (titles, "albums", "choose artists for those of theirs")):
        if len(shown) < there[kind]["totalCount"]:
            st.sidebar.caption(f"{len(shown):,} of {there[kind]['totalCount']:,} {kind} can be chosen: {hint}.")
    snapshot = ask("{ snapshot { id publishedAt } }")["snapshot"]
    st.sidebar.caption(f"Snapshot {snapshot['id']}, published {snapshot['publishedAt'][:16].replace('T', ' ')} UTC")
    where = {
        **({"releaseYear": {"between": list(span)}} if span != (first, last) else {}),
        **of_artists,
        **({"album": {"id": {"in": picked}}} if picked else {}),
    }
    return where, span[1]


def change(point: dict | None) -> str | None:
    rate = point and point["changeRate"]
    return None if rate is None else f"{rate:+.1%} on {int(point['period']) - 1}"


KEY_FIGURES = """query ($where: TrackFilter, $year: TrackFilter, $best: ArtistFilter) {
  trackStats(where: $where) { nodes { count artistCount albumCount durationMs { avg } energy { avg } } }
  tracks: timeline(of: TRACKS, measure: COUNT, grain: YEAR, where: $where) { points { period value changeRate } }
  albums: timeline(of: ALBUMS, measure: COUNT, grain: YEAR, where: $where) { points { period value changeRate } }
  best: artists(first: 1, where: $best, orderBy: [{ field: POPULARITY, direction: DESC }]) { nodes { name popularity } }
  prolific: trackStats(first: 2, where: $year, groupBy: [ARTIST]) { nodes { group { label } count } }
}"""


def key_figures(where: dict, year: int) -> None:
    of_year = {**where, "releaseYear": {"eq": year}}
    data = ask(KEY_FIGURES, {"where": where, "year": of_year, "best": {"tracks": {"some": of_year}}})
    everything = data["trackStats"]["nodes"][0]
    at = lambda name: next((point for point in data[name]["points"] if point["period"] == str(year)), None)
    tracks, albums = at("tracks"), at("albums")
    duration, energy = everything["durationMs"]["avg"], everything["energy"]["avg"]
    cells = st.columns(6)
    cells[0].metric("Tracks", f"{everything['count']:,}", "in the selection", delta_color="off", delta_arrow="off")
    cells[1].metric("Artists", f"{everything['artistCount']:,}", f"{everything['albumCount']:,} albums", delta_color="off", delta_arrow="off")
    cells[2].metric("Average length", f"{int(duration // 60000)}:{int(duration // 1000 % 60):02}" if duration else "–", f"energy {energy:.2f}" if energy else None, delta_color="off", delta_arrow="off")
    cells[3].metric(f"Tracks in {year}", f"{int(tracks['value']):,}" if tracks else "0", change(tracks))
    cells[4].metric(f"Albums in {year}", f"{int(albums['value']):,}" if albums else "0", change(albums))
    name, why = artist_of(data)
    cells[5].metric(f"Artist of {year}", name, why, delta_color="off", delta_arrow="off")


def artist_of(data: dict) -> tuple[str, str | None]:
    """The most popular artist; where no popularity is known, as of most data sets, the one with most tracks."""
    for artist in data["best"]["nodes"]:
        if artist["popularity"] is not None:
            return artist["name"], f"popularity {artist['popularity']}"
    for row in data["prolific"]["nodes"]:
        if row["group"]["label"] != "(none)":
            return row["group"]["label"], f"{row['count']:,} tracks"
    return "–", None


TOP = """query ($where: TrackFilter, $artists: ArtistFilter, $albums: AlbumFilter) {
  followed: artists(first: 10, where: $artists, orderBy: [{ field: FOLLOWERS, direction: DESC }]) { nodes { name followers } }
  prolific: trackStats(first: 10, where: $where, groupBy: [ARTIST]) { nodes { group { label } count } }
  tracks(first: 10, where: $where) { nodes { name popularity artists { name } } }
  types: albumStats(where: $albums, groupBy: [ALBUM_TYPE]) { nodes { group { label } shareOfTotal } }
  genres: trackStats(first: 12, where: $where, groupBy: [GENRE]) { nodes { group { label } count } }
}"""


def overview(where: dict, year: int) -> None:
    key_figures(where, year)
    some = {"tracks": {"some": where}} if where else {}
    data = ask(TOP, {"where": where, "artists": some, "albums": some})
    left, middle, right = st.columns([1, 1, 0.8], gap="large")
    followed = pd.DataFrame([row for row in data["followed"]["nodes"] if row["followers"]])
    with left:
        if len(followed):
            st.subheader("Most followed artists")
            st.altair_chart(charts.bars(followed, "name", "followers", "followers"), width="stretch")
        else:
            st.subheader("Artists with most tracks")
            rows = [{"name": row["group"]["label"], "tracks": row["count"]} for row in data["prolific"]["nodes"]]
            st.altair_chart(charts.bars(pd.DataFrame(rows), "name", "tracks", "tracks"), width="stretch")
    with middle:
        st.subheader("Most popular tracks")
        rows = [
            {"track": f"{row['name']} · {row['artists'][0]['name']}" if row["artists"] else row["name"], "popularity": row["popularity"]}
            for row in data["tracks"]["nodes"]
            if row["popularity"] is not None
        ]
        if rows:
            st.altair_chart(charts.bars(pd.DataFrame(rows), "track", "popularity", "popularity", charts.TEAL), width="stretch")
        else:
            st.caption("No source says how popular these tracks are.")
    with right:
        st.subheader("Album types")
        rows = [{"type": row["group"]["label"].title(), "share": row["shareOfTotal"]} for row in data["types"]["nodes"]]
        st.altair_chart(charts.donut(pd.DataFrame(rows), "type", "share"), width="stretch")
    left, right = st.columns([1.25, 1], gap="large")
    with left:
        st.subheader("Tracks per year, their trend and the next three years")
        timeline(where, "COUNT", "tracks", zero=True, height=300)
    with right:
        st.subheader("Genres")
        rows = [{"genre": row["group"]["label"], "tracks": row["count"]} for row in data["genres"]["nodes"] if row["group"]["label"] != "(none)"]
        st.altair_chart(charts.bars(pd.DataFrame(rows), "genre", "tracks", "tracks", charts.SAND), width="stretch")


TIMELINE = """query ($of: TimelineSubject!, $measure: TimelineMeasure!, $where: TrackFilter) {
  timeline(of: $of, measure: $measure, grain: YEAR, where: $where) {
    points { period value changeRate }
    trend { slope intercept rSquared forecast(periods: 3) { period value } }
    excluded
  }
}"""


def timeline(where: dict, measure: str, title: str, of: str = "TRACKS", zero: bool = False, height: int = 320) -> None:
    line = ask(TIMELINE, {"of": of, "measure": measure, "where": where})["timeline"]
    points, trend = pd.DataFrame(line["points"]), line["trend"]
    if points.empty or trend is None:
        st.info("Fewer than two years have a value.")
        return
    points["year"] = points["period"].astype(int)
    points["trend"] = trend["intercept"] + trend["slope"] * points.index
    ahead = pd.DataFrame(trend["forecast"])
    ahead["year"] = ahead["period"].astype(int)
    st.altair_chart(charts.timeline(points, ahead, title, zero, height), width="stretch")
    left_out = f"; {line['excluded']:,} without a year are left out" if line["excluded"] else ""
    st.caption(f"Trend {trend['slope']:+.4g} a year, R² {trend['rSquared']:.2f}{left_out}")


def over_time(where: dict) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Albums per year")
        timeline(where, "COUNT", "albums", of="ALBUMS", zero=True)
        st.subheader("Average energy")
        timeline(where, "AVG_ENERGY", "energy")
    with right:
        st.subheader("Average length")
        timeline(where, "AVG_DURATION_MS", "milliseconds")
        st.subheader("Average tempo")
        timeline(where, "AVG_TEMPO", "beats per minute")


PLOTS = {
    "Energy and acousticness": ("ACOUSTICNESS", "ENERGY"),
    "Speechiness and instrumentalness": ("SPEECHINESS", "INSTRUMENTALNESS"),
    "Popularity of artist and track": ("ARTIST_POPULARITY", "POPULARITY"),
    "Followers and popularity of the artist": ("ARTIST_FOLLOWERS", "ARTIST_POPULARITY"),
    "Danceability and valence": ("DANCEABILITY", "VALENCE"),
}
SCATTER = """query ($x: TrackMeasure!, $y: TrackMeasure!, $where: TrackFilter) {
  scatter(x: $x, y: $y, where: $where, colorBy: MODE, sample: 1500) { x y color track { name } }
}"""
MATRIX = ["ENERGY", "LOUDNESS", "VALENCE", "DANCEABILITY", "ACOUSTICNESS", "TEMPO", "POPULARITY"]
SPREAD = """query ($where: TrackFilter) {
  trackStats(where: $where) { nodes {
    tempo { avg median missing histogram(bins: 24) { from to count } }
    energy { avg } danceability { avg } valence { avg } acousticness { avg }
  } }
  modes: trackStats(where: $where, groupBy: [MODE]) { nodes { group { label } shareOfTotal } }
}"""


def features(where: dict) -> None:
    data = ask(SPREAD, {"where": where})
    everything = data["trackStats"]["nodes"][0]
    minor = next((row["shareOfTotal"] for row in data["modes"]["nodes"] if row["group"]["label"] == "MINOR"), None)
    cells = st.columns(5)
    for cell, name in zip(cells, ["energy", "danceability", "valence", "acousticness"]):
        value = everything[name]["avg"]
        cell.metric(f"Average {name}", "–" if value is None else f"{value:.3f}")
    cells[4].metric("In a minor key", "–" if minor is None else f"{minor:.1%}")
    left, right = st.columns([1.2, 1], gap="large")
    with left:
        title = st.selectbox("Plot", list(PLOTS), label_visibility="collapsed")
        x, y = PLOTS[title]
        points = table(SCATTER, {"x": x, "y": y, "where": where})
        line = ask(
            "query ($x: TrackMeasure!, $y: TrackMeasure!, $where: TrackFilter) { correlation(x: $x, y: $y, where: $where) { n slope intercept rSquared pearson } }",
            {"x": x, "y": y, "where": where},
        )["correlation"]
        words = lambda measure: measure.lower().replace("_", " ")
        if len(points):
            st.altair_chart(charts.scatter(points, words(x), words(y), line, "color"), width="stretch")
            if line["rSquared"] is not None:
                st.caption(f"A sample of {len(points):,}; the line is over all {line['n']:,}: slope {line['slope']:.3g}, R² {line['rSquared']:.3f}")
        else:
            st.info("No track has both values.")
    with right:
        st.subheader("Correlations")
        pairs = table("query ($m: [TrackMeasure!]!, $where: TrackFilter) { correlations(measures: $m, where: $where) { x y pearson n } }", {"m": MATRIX, "where": where})
        for axis in ("x", "y"):
            pairs[axis] = pairs[axis].str.lower()
        st.altair_chart(charts.heatmap(pairs), width="stretch")
    tempo = everything["tempo"]
    if tempo["avg"] is not None:
        st.subheader("Tempo")
        st.altair_chart(charts.histogram(pd.DataFrame(tempo["histogram"]), tempo["avg"], tempo["median"], "beats per minute"), width="stretch")
        st.caption(f"{tempo['missing']:,} tracks without a detected tempo are left out.")


SEARCH = """query ($term: String!) {
  search(term: $term, types: [TRACK], first: 10) { nodes { node { ... on Track {
    id name popularity releaseYear durationMs previewUrl externalUrl isExplicit
    album { name releaseDate label images { url } }
    artists { name popularity followers }
    genres { name }
    audioFeatures { energy danceability valence acousticness tempo keyName mode }
  } } } }
}"""
SIMILAR = """query ($id: ID!) {
  track(id: $id) { similarTracks(first: 5, maxPerArtist: 1) {
    reason
    nodes { similarity track { name releaseYear artists { name } } contributions { feature value } }
  } }
}"""


def search() -> None:
    term = st.text_input("Search a track", placeholder="A name, or the beginning of one. Accents and case do not matter.", label_visibility="collapsed")
    if not term.strip():
        st.caption("Type to find tracks, hear them, and see what is near them.")
        return
    hits = [hit["node"] for hit in ask(SEARCH, {"term": term})["search"]["nodes"]]
    if not hits:
        st.info(f"No track is called “{term}”.")
    for at, track in enumerate(hits):
        names = ", ".join(artist["name"] for artist in track["artists"]) or "unknown artist"
        with st.expander(f"**{track['name']}** · {names} · {track['releaseYear'] or 'year unknown'}", expanded=at == 0):
            details(track)


def details(track: dict) -> None:
    album, features_ = track["album"] or {}, track["audioFeatures"]
    left, middle, right = st.columns([0.8, 1, 2.2], gap="medium")
    with left:
        images = album.get("images") or []
        if images and ".invalid" not in images[0]["url"]:
            st.image(images[0]["url"])
        else:
            initials = "".join(word[0] for word in track["name"].split()[:2] if word).upper()
            st.markdown(
                f"<div style='background:linear-gradient(135deg,#f4a259,#e4576e 55%,#5bc0be);border-radius:16px;height:170px;display:flex;"
                f"align-items:center;justify-content:center;font-size:3rem;font-weight:700;color:#12141c'>{html.escape(initials)}</div>",
                unsafe_allow_html=True,
            )
        if track["previewUrl"] and ".invalid" not in track["previewUrl"]:
            st.audio(track["previewUrl"])
        if track["externalUrl"]:
            st.link_button("Open at the source", track["externalUrl"])
    with middle:
        seconds = (track["durationMs"] or 0) // 1000
        rows = {
            "Album": album.get("name"),
            "Released": album.get("releaseDate"),
            "Label": album.get("label"),
            "Length": f"{seconds // 60}:{seconds % 60:02}" if seconds else None,
            "Popularity": track["popularity"],
            "Followers": f"{track['artists'][0]['followers']:,}" if track["artists"] and track["artists"][0]["followers"] else None,
            "Genres": ", ".join(genre["name"] for genre in track["genres"]) or None,
            "Key": f"{features_['keyName']} {(features_['mode'] or '').lower()}" if features_ and features_["keyName"] else None,
            "Tempo": f"{features_['tempo']:.0f} BPM" if features_ and features_["tempo"] else None,
        }
        st.markdown("\n".join(f"**{name}** &nbsp; {value}  " for name, value in rows.items() if value is not None))
    with right:
        st.subheader("Near it")
        similar = ask(SIMILAR, {"id": track["id"]})["track"]["similarTracks"]
        if not similar["nodes"]:
            st.caption(f"None: {(similar['reason'] or 'unknown').lower().replace('_', ' ')}.")
        rows = [
            {
                "track": f"{near['track']['name']} · {', '.join(artist['name'] for artist in near['track']['artists'])}",
                "year": near["track"]["releaseYear"],
                "similarity": near["similarity"],
                "differs most in": max(near["contributions"], key=lambda part: part["value"])["feature"],
            }
            for near in similar["nodes"]
        ]
        if rows:
            st.dataframe(
                pd.DataFrame(rows),
                hide_index=True,
                width="stretch",
                column_config={
                    "track": st.column_config.TextColumn(width="medium"),
                    "similarity": st.column_config.ProgressColumn(format="%.2f", min_value=0, max_value=1, width="small"),
                    "year": st.column_config.NumberColumn(format="%d", width="small"),
                },
            )


try:
    where, year = sidebar()
    tabs = st.tabs(["Overview", "Over time", "Sound", "Search"])
    with tabs[0]:
        overview(where, year)
    with tabs[1]:
        over_time(where)
    with tabs[2]:
        features(where)
    with tabs[3]:
        search()
except lake.requests.ConnectionError:
    st.error(f"No Groovelake answers at {lake.URL}. Start it with `npm start`, or set GROOVELAKE_SERVER_URL.")
except RuntimeError as error:
    st.error(str(error))
