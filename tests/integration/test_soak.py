"""The short form of ``make soak``: cancelled readers, cut connections and restarts of the engine leave nothing behind."""

from __future__ import annotations

import pytest

from benchmarks.soak import RESTARTS, STREAMS, soak
from tests.integration.conftest import GIVEN_HOST

SECONDS = 60
ROUNDS = 10


@pytest.mark.slow
@pytest.mark.timeout(420)
async def test_nothing_grows_under_cancellation_cuts_and_restarts(lab_up):
    if GIVEN_HOST:
        pytest.skip("needs an engine that may be restarted")
    lab_up()
    report = await soak(SECONDS, at_least=ROUNDS)
    assert report.restarts == RESTARTS
    assert len(report.samples) * STREAMS >= 500
    assert report.faults == []
