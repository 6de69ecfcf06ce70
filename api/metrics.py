"""Counters and histograms for Prometheus, in a registry of their own, and the call that shows them.

It does not know who counts: `tell` functions hear of requests and answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from fastapi import APIRouter
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.responses import Response

from api.middleware import Finished
from api.workers import Workers
from rag.types import Answer

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """All figures of one service."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._requests = Counter(
            "geungeo_requests",
            "Requests answered, by the template of their path.",
            ["method", "route", "status"],
            registry=registry,
        )
        self._request_seconds = Histogram(
            "geungeo_request_seconds",
            "From the head of a request to the end of its answer.",
            ["route"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._questions = Counter(
            "geungeo_questions", "Questions answered or refused.", ["status"], registry=registry
        )
        self._abstentions = Counter(
            "geungeo_abstentions", "Questions refused.", ["reason"], registry=registry
        )
        self._unsupported = Counter(
            "geungeo_unsupported_sentences",
            "Sentences of answers that no quote carries.",
            registry=registry,
        )
        self._stage_seconds = Histogram(
            "geungeo_stage_seconds",
            "What each stage of an answer took, and all together (total).",
            ["stage"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._running = Gauge(
            "geungeo_running", "Calls of the engine under way.", ["kind"], registry=registry
        )
        self._waiting = Gauge(
            "geungeo_waiting", "Calls that wait for a place.", ["kind"], registry=registry
        )

    def watch(self, workers: Mapping[str, Workers]) -> None:
        """Show how many calls run and wait, by the kind of their places."""
        for kind, places in workers.items():
            self._running.labels(kind).set_function(partial(getattr, places, "running"))
            self._waiting.labels(kind).set_function(partial(getattr, places, "waiting"))

    def answered(self, answer: Answer) -> None:
        """Count an answer that leaves the service."""
        self._questions.labels(answer.status).inc()
        if answer.status == "abstained":
            self._abstentions.labels(answer.reason or "none").inc()
        self._unsupported.inc(len(answer.unsupported))
        for stage, milliseconds in answer.timings_ms.items():
            self._stage_seconds.labels(stage).observe(milliseconds / 1000)

    def requested(self, request: Finished) -> None:
        """Count a request that is over."""
        route = request.route or "none"
        self._requests.labels(request.method, route, str(request.status)).inc()
        self._request_seconds.labels(route).observe(request.seconds)

    def router(self) -> APIRouter:
        """`GET /metrics`."""
        router = APIRouter()

        @router.get("/metrics", include_in_schema=False)
        def metrics() -> Response:
            """In the text format, version 0.0.4."""
            shown = generate_latest(self.registry)
            return Response(shown, media_type=CONTENT_TYPE_PLAIN_0_0_4)

        return router
