"""Argo: analyses, experiments, application sets, cron workflows, event buses. Rollouts are in `rollouts.py`."""

from __future__ import annotations

from reconciler.interpreter.argo_health.checks import (
    DEGRADED,
    HEALTHY,
    PROGRESSING,
    UNKNOWN,
    condition,
    conditions,
    rule,
    word,
    words,
)

_ANALYSIS = {
    **words(PROGRESSING, "Pending", "Running"),
    "Successful": HEALTHY,
    **words(DEGRADED, "Failed", "Error"),
    "Inconclusive": UNKNOWN,
}

RULES = {
    "AnalysisRun.argoproj.io": rule(word("status.phase", _ANALYSIS, message="status.message")),
    "Experiment.argoproj.io": rule(word("status.phase", _ANALYSIS, message="status.message")),
    "ApplicationSet.argoproj.io": rule(
        conditions(condition("ErrorOccurred", true=DEGRADED)),
        conditions(condition("ResourcesUpToDate", false=DEGRADED)),
        conditions(condition("RolloutProgressing", true=PROGRESSING)),
        conditions(condition("ResourcesUpToDate", true=HEALTHY)),
    ),
    "CronWorkflow.argoproj.io": rule(
        conditions(
            condition("SpecError", true=DEGRADED),
            condition("SubmissionError", true=DEGRADED),
            condition("Completed", true=HEALTHY),
        ),
        otherwise=HEALTHY,
    ),
    "EventBus.argoproj.io": rule(conditions(condition("Deployed", true=HEALTHY, false=DEGRADED))),
}
