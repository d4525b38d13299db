"""Charts of the dashboard, in one look. Each takes a frame and returns an Altair chart."""

import altair as alt
import pandas as pd

AMBER, TEAL, ROSE, SAND = "#f4a259", "#5bc0be", "#e4576e", "#cbb994"
SERIES = [AMBER, TEAL, ROSE, "#8a7fd3", "#9bc53d", SAND]
GRID, TEXT = "#2c3144", "#b9bccb"


def _look(chart: alt.Chart, height: int) -> alt.Chart:
    return (
        chart.properties(height=height)
        .configure(background="transparent")
        .configure_view(strokeWidth=0)
        .configure_axis(
            gridColor=GRID, domainColor=GRID, tickColor=GRID, labelColor=TEXT, titleColor=TEXT, labelFontSize=12, titleFontWeight="normal"
        )
        .configure_legend(labelColor=TEXT, titleColor=TEXT, labelFontSize=12)
    )


def bars(frame: pd.DataFrame, label: str, value: str, title: str, color: str = AMBER, height: int = 300) -> alt.Chart:
    """Horizontal bars, the longest on top."""
    base = alt.Chart(frame).encode(
        y=alt.Y(f"{label}:N", sort=None, title=None, axis=alt.Axis(labelLimit=210, labelOverlap=False, ticks=False, domain=False)),
        x=alt.X(f"{value}:Q", title=title, axis=alt.Axis(format="~s", tickCount=4)),
        tooltip=[alt.Tooltip(f"{label}:N", title=" "), alt.Tooltip(f"{value}:Q", title=title, format=",.6~g")],
    )
    return _look(base.mark_bar(color=color, cornerRadiusEnd=4, height={"band": 0.7}), height)


def donut(frame: pd.DataFrame, label: str, share: str, height: int = 300) -> alt.Chart:
    base = alt.Chart(frame).encode(
        theta=alt.Theta(f"{share}:Q", stack=True),
        color=alt.Color(f"{label}:N", sort=None, scale=alt.Scale(range=SERIES), legend=alt.Legend(title=None, orient="bottom", columns=2)),
        tooltip=[alt.Tooltip(f"{label}:N", title=" "), alt.Tooltip(f"{share}:Q", format=".1%", title="share")],
    )
    return _look(base.mark_arc(innerRadius=62, cornerRadius=4, padAngle=0.015), height)


def timeline(points: pd.DataFrame, forecast: pd.DataFrame, title: str, zero: bool, height: int = 320) -> alt.Chart:
    """A line per period, its least-squares trend, and where the trend goes next, dashed."""
    y = alt.Y("value:Q", title=title, scale=alt.Scale(domainMin=0) if zero else alt.Scale(zero=False), axis=alt.Axis(format="~s"))
    x = alt.X("year:Q", title=None, axis=alt.Axis(format="d"))
    tip = [alt.Tooltip("year:Q", format="d"), alt.Tooltip("value:Q", title=title, format=",.5~g"), alt.Tooltip("changeRate:Q", title="change", format="+.1%")]
    area = alt.Chart(points).mark_area(color=TEAL, opacity=0.12).encode(x=x, y=y)
    line = alt.Chart(points).mark_line(color=TEAL, strokeWidth=2.5, point=alt.OverlayMarkDef(color=TEAL, size=28)).encode(x=x, y=y, tooltip=tip)
    trend = alt.Chart(points).mark_line(color=AMBER, strokeWidth=1.5, opacity=0.8, clip=True).encode(x=x, y=alt.Y("trend:Q", title=title))
    ahead = alt.Chart(forecast).mark_line(color=AMBER, strokeDash=[6, 4], strokeWidth=2, point=alt.OverlayMarkDef(color=AMBER, size=36)).encode(x=x, y=y, tooltip=tip[:2])
    return _look(area + line + trend + ahead, height)


def scatter(frame: pd.DataFrame, x: str, y: str, line: dict | None, color: str | None, height: int = 380) -> alt.Chart:
    """Points, and the regression line over the whole selection, not only the sample."""
    points = alt.Chart(frame).mark_circle(size=34, opacity=0.45).encode(
        x=alt.X("x:Q", title=x),
        y=alt.Y("y:Q", title=y),
        color=alt.Color("color:N", scale=alt.Scale(range=SERIES), legend=alt.Legend(title=None, orient="top")) if color else alt.value(TEAL),
        tooltip=[alt.Tooltip("track_name:N", title="track"), alt.Tooltip("x:Q", title=x), alt.Tooltip("y:Q", title=y)],
    )
    if not line or line["slope"] is None:
        return _look(points, height)
    ends = pd.DataFrame({"x": [frame["x"].min(), frame["x"].max()]})
    ends["y"] = line["intercept"] + line["slope"] * ends["x"]
    return _look(points + alt.Chart(ends).mark_line(color=AMBER, strokeWidth=3).encode(x="x:Q", y="y:Q"), height)


def histogram(bins: pd.DataFrame, mean: float, median: float, title: str, height: int = 300) -> alt.Chart:
    bars_ = alt.Chart(bins).mark_bar(color=TEAL, opacity=0.75, cornerRadiusTopLeft=3, cornerRadiusTopRight=3).encode(
        x=alt.X("from:Q", title=title, bin=alt.Bin(binned=True)),
        x2="to",
        y=alt.Y("count:Q", title="tracks", axis=alt.Axis(format="~s")),
        tooltip=[alt.Tooltip("from:Q", format=".3~g"), alt.Tooltip("to:Q", format=".3~g"), alt.Tooltip("count:Q", format=",")],
    )
    marks = pd.DataFrame({"at": [mean, median], "what": [f"mean {mean:.4g}", f"median {median:.4g}"]})
    rules = alt.Chart(marks).mark_rule(strokeWidth=2).encode(
        x="at:Q", color=alt.Color("what:N", scale=alt.Scale(range=[AMBER, ROSE]), legend=alt.Legend(title=None, orient="top"))
    )
    return _look(bars_ + rules, height)


def heatmap(frame: pd.DataFrame, height: int = 380) -> alt.Chart:
    base = alt.Chart(frame).encode(
        x=alt.X("x:N", title=None, sort=None, axis=alt.Axis(labelAngle=-40, labelOverlap=False)), y=alt.Y("y:N", title=None, sort=None)
    )
    cells = base.mark_rect(cornerRadius=4).encode(
        color=alt.Color("pearson:Q", scale=alt.Scale(domain=[-1, 0, 1], range=[ROSE, "#1c2030", TEAL]), legend=None),
        tooltip=["x:N", "y:N", alt.Tooltip("pearson:Q", format=".3f"), alt.Tooltip("n:Q", format=",")],
    )
    return _look(cells + base.mark_text(color="#ece8e1", fontSize=12).encode(text=alt.Text("pearson:Q", format=".2f")), height)
