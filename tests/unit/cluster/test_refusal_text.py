"""The sentence that matters in a refusal. `refusals/` has answers of a kube-apiserver 1.36."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.cluster.failures import refused
from reconciler.cluster.refusal_text import refusal_text

RECORDED = Path(__file__).parent / "refusals"


def recorded(name: str) -> bytes:
    return (RECORDED / f"{name}.json").read_bytes()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("immutable_job", "spec.template: field is immutable"),
        ("immutable_deployment", "spec.selector: field is immutable"),
        ("denied", "services \"s0\" is forbidden: ValidatingAdmissionPolicy 'owners' with binding 'owners' denied request: "
         "every Service needs the label owner"),
    ],
)  # fmt: skip
def test_a_recorded_answer(name: str, sentence: str) -> None:
    assert refusal_text(json.loads(recorded(name))) == sentence


def test_several_causes_name_their_fields_and_short_values() -> None:
    said = refusal_text(json.loads(recorded("invalid_deployment")))
    assert said.startswith(
        "spec.replicas: Invalid value: -1: must be greater than or equal to 0, spec.template.metadata.labels: "
    )
    assert said.endswith(" and 3 more")
    assert len(said) < 600


def status(message: str, *causes: str, field: str = "spec.template") -> dict[str, Any]:
    details = {"causes": [{"field": field, "message": cause} for cause in causes]}
    return {"kind": "Status", "message": message, "reason": "Invalid", "details": details}


LONG = "x" * 90


@pytest.mark.parametrize(
    ("cause", "sentence"),
    [  # Before Kubernetes 1.33, values were written as Go structs.
        ('Invalid value: core.PodTemplateSpec{ObjectMeta:v1.ObjectMeta{Name:"a: b"}, Labels:map[string]string{}}, '
         "Spec:core.PodSpec{Volumes:[]core.Volume(nil)}}: field is immutable", "spec.template: field is immutable"),
        ('Invalid value: v1.LabelSelector{MatchLabels:map[string]string{"a":"b"}}: field is immutable',
         "spec.template: field is immutable"),
        ('Invalid value: []core.Container{core.Container{Name:"a"}}: too many', "spec.template: too many"),
        ('Invalid value: {"app":"api"}: does not match', 'spec.template: does not match'),
        (f'Invalid value: "{LONG}": must be short', "spec.template: must be short"),
        ("Invalid value: 99999: must be between 1 and 65535", "spec.template: Invalid value: 99999: must be between 1 and 65535"),
        ("Required value", "spec.template: Required value"),
        ("Forbidden: updates to spec are forbidden", "spec.template: Forbidden: updates to spec are forbidden"),
    ],
)  # fmt: skip
def test_long_values_and_structs_are_left_out(cause: str, sentence: str) -> None:
    assert refusal_text(status("whatever", cause)) == sentence


def test_what_is_never_short_loses_its_middle() -> None:
    said = refusal_text({"message": f"begins {'and goes on ' * 500}and ends"})
    assert said.startswith("begins and goes on")
    assert said.endswith("and ends")
    assert len(said) < 600


def test_a_refused_job_is_told_in_two_short_lines() -> None:
    error = refused("m1", "apply Job.batch default/pi", 422, recorded("immutable_job"))
    message, remedy = str(error).splitlines()
    assert message == "m1: apply Job.batch default/pi: spec.template: field is immutable"
    assert "Put the old value back in Git. Or give the Job a new name." in remedy


def test_an_invalid_object_has_a_remedy() -> None:
    error = refused("m1", "apply Deployment.apps default/web", 422, recorded("invalid_deployment"))
    assert error.remedy == "Correct the field that the message names, in the template or in an override policy."
