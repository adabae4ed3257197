"""The page of the benchmarks shows the run that is kept, and a run keeps what it did not measure."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from benchmarks.chart import CHART, chart
from benchmarks.report import Goal, Row, load, rows, save, table
from benchmarks.tables import PAGE, RUN, filled

ROW = Row("logs", "a line", "µs", {"aiodockerpy": 1.0, "docker-py": 4.0}, Goal("docker-py", 0.3))


def test_the_page_and_the_chart_are_those_of_the_run():
    assert PAGE.read_text() == filled(PAGE.read_text(), RUN), "run: python -m benchmarks.tables"
    assert CHART.read_text() == chart(load(RUN)), "run: python -m benchmarks.chart"


def test_every_group_of_the_run_has_its_table():
    missing = [row.group for row in load(RUN) if f"<!-- table: {row.group} -->" not in PAGE.read_text()]
    assert missing == []


def test_a_cell_has_one_number():
    assert table([ROW]).splitlines() == [
        "| what | unit | aiodockerpy | docker-py | ratio | beside | goal |",
        "| --- | --- | ---: | ---: | ---: | --- | ---: |",
        "| a line | µs | 1 | 4 | 0.25 | docker-py | ≤ 0.3 |",
    ]


def test_each_way_of_ours_is_a_row_beside_the_same_peers():
    found = rows("logs", "a line", "µs", {"aiodockerpy, chunks": 1.0, "aiodockerpy, lines": 2.0, "docker-py": 4.0})
    assert [(row.work, row.figures["docker-py"]) for row in found] == [("a line, chunks", 4.0), ("a line, lines", 4.0)]


def test_a_group_that_was_not_measured_stays_in_the_run(tmp_path):
    path = tmp_path / "run.json"
    save(path, [ROW, Row("calls", "inspect", "µs", {"aiodockerpy": 1.0})], {})
    save(path, [Row("calls", "ping", "µs", {"aiodockerpy": 2.0})], {})
    assert load(path) == [ROW, Row("calls", "ping", "µs", {"aiodockerpy": 2.0})]


def test_the_chart_is_filled_where_the_goal_is_reached_and_stays_within_its_scale():
    slow = Row("logs", "slow", "µs", {"aiodockerpy": 9000.0, "docker-py": 1.0}, Goal("docker-py", 1.0))
    drawn = ET.fromstring(chart([ROW, slow]))
    ours = [item for item in drawn.iter("{http://www.w3.org/2000/svg}circle") if item.get("r") == "6"]
    assert [item.get("fill") == "none" for item in ours] == [False, True]
    assert all(float(item.get("cx", "0")) <= 860 for item in ours)
