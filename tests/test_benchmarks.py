"""The page of the benchmarks shows the run that is kept, and a run keeps what it did not measure."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from benchmarks import faults
from benchmarks.chart import CHART, chart
from benchmarks.report import Goal, Row, load, rows, save, table
from benchmarks.tables import PAGES, RUN, filled

ROW = Row("logs", "a line", "µs", {"aiodockerpy": 1.0, "docker-py": 4.0}, Goal("docker-py", 0.3))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_has_the_tables_of_the_runs(page):
    assert page.read_text() == filled(page.read_text()), "run: python -m benchmarks.tables"


def test_the_chart_is_that_of_the_run():
    assert CHART.read_text() == chart(load(RUN)), "run: python -m benchmarks.chart"


def test_every_group_of_the_run_has_its_table():
    text = "".join(page.read_text() for page in PAGES)
    missing = [row.group for row in load(RUN) if f"<!-- table: {row.group} -->" not in text]
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


def test_the_sentence_on_promises_counts_those_that_each_client_keeps():
    record = {
        "about": {"Docker Engine": "28.5.2+dfsg4", "docker": "7.2.0", "date": "2030-01-01"},
        "seen": {
            "12. a": {"aiodockerpy": [True, "ends"], "docker-py": [False, "a | b"]},
            "14. b": {"aiodockerpy": [True, "ends"], "docker-py": [None, "no pool"]},
        },
    }
    assert faults.kept(record) == (
        "Of 2 promises under the same faults, aiodockerpy keeps 2, docker-py 7.2.0 keeps 0 (Docker Engine 28.5.2, 2030-01-01)."
    )
    assert faults.table(record).splitlines()[2:] == ["| 12. a | ✓ ends | ✗ a \\| b |", "| 14. b | ✓ ends | - no pool |"]
