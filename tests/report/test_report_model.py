import json
from dataclasses import replace

import numpy as np
import pytest

from regctl.analysis.curve import curve
from regctl.errors import UsageError
from regctl.records.manifest import TrialCounts, read_manifest, write_manifest
from regctl.records.selection_record import read_selection, write_selection
from regctl.report.document import document
from regctl.report.model import read_report
from regctl.report.writing import draw_figures, write_report
from regctl.types import Setting


def test_a_report_is_read_from_the_folder_alone_wherever_it_lies(invent_run, tmp_path):
    run = invent_run()
    moved = run.path.rename(tmp_path / "moved")
    report = read_report(moved)
    assert len(report.trials) == 36
    assert len(report.curve) == 12
    assert report.selection.selected.value == report.record.selected.lambda_
    assert report.spec.name == "housing"


def test_the_errors_are_those_of_the_curve(invent_run):
    run = invent_run()
    report = read_report(run.path)
    oracle = curve([each.lambda_ for each in run.settings], run.losses.mean(axis=2), run.losses)
    by_value = {point.value: point for point in oracle}
    for setting, errors in report.errors.items():
        assert errors.rows == pytest.approx(by_value[setting.lambda_].se_rows, rel=1e-5)


def test_the_first_replicate_is_the_lowest_seed(invent_run):
    report = read_report(invent_run().path)
    assert [trial.seed for trial in report.replicates(report.record.selected)] == [0, 1, 2]


def test_a_run_under_way_reports_what_there_is(invent_run):
    run = invent_run()
    for name in ("results.csv", "curve.csv", "selection.json", "validation_rows.npz"):
        (run.path / name).unlink()
    manifest = replace(read_manifest(run.path), status="interrupted", trials=TrialCounts(36, 12, 1))
    write_manifest(run.path, manifest)
    write_report(run.path)
    text = (run.path / "report.md").read_text()
    assert "This run was interrupted (13 of 36 trials finished so far)." in text
    assert "stays sealed until the run is complete" in text
    draw_figures(run.path)
    assert not (run.path / "plots").exists()


def test_a_run_that_ended_before_its_data_has_nothing_to_report(invent_run):
    run = invent_run()
    (run.path / "split.json").unlink()
    with pytest.raises(UsageError, match="nothing to report: the run is completed and has not divided"):
        read_report(run.path)


@pytest.mark.parametrize("name", ["spec.yaml", "manifest.json"])
def test_a_folder_without_its_first_files_is_no_run(invent_run, name):
    run = invent_run()
    (run.path / name).unlink()
    with pytest.raises(UsageError, match=f"{name}: no such file"):
        read_report(run.path)


def test_a_damaged_spec_is_a_users_error(invent_run):
    run = invent_run()
    (run.path / "spec.yaml").write_text("name: 3\n")
    with pytest.raises(UsageError, match=r"spec.yaml: expected a spec"):
        read_report(run.path)


def test_when_every_setting_diverged_the_report_says_so(invent_run):
    run = invent_run()
    write_selection(
        run.path, replace(read_selection(run.path), selected=None, minimum=None, one_standard_error=None)
    )
    write_report(run.path)
    text = (run.path / "report.md").read_text()
    assert "No setting can be selected" in text
    assert "there is no selected model to test" in text
    assert "regctl report" not in text


def test_report_json_holds_all_digits_and_is_strict(invent_run):
    run = invent_run()
    run.open_test()
    write_report(run.path)
    found = json.loads((run.path / "report.json").read_text(), parse_constant=lambda text: pytest.fail(text))
    report = read_report(run.path)
    assert found == json.loads(json.dumps(document(report)))
    assert found["curve"][3]["validation_loss"] == report.curve[3].validation_loss
    assert found["curve"][3]["lambda"] == run.settings[3].lambda_
    units = found["objective"]["selected_lambda"]
    assert units["sklearn_ridge_alpha"] == 700 * units["keras_l2"]
    assert units["pytorch_weight_decay"] == 2 * units["keras_l2"]
    assert found["test"]["sealed"] is False
    assert found["test"]["selected"]["loss"]["value"] == report.test.evaluation.loss.value
    assert found["data"]["parts"]["test"]["rows"] == 100


def test_the_four_libraries_units_describe_the_same_penalty():
    """Gradients of the four objectives, brought to the mean loss, agree at a random θ."""
    generator = np.random.default_rng(0)
    theta, lambda_, rows = generator.normal(size=5), 0.0123, 700
    ours = 2 * lambda_ * theta
    ridge = 2 * (rows * lambda_) * theta / rows  # alpha Σθ² beside Σ(ŷ − y)², which is n times the mean
    torch = (2 * lambda_) * theta  # weight_decay θ is added to the gradient
    np.testing.assert_allclose(ridge, ours)
    glmnet = 2 * lambda_ * theta  # λ Σθ² / 2 beside Σ(ŷ − y)² / 2n, which is half the mean
    np.testing.assert_allclose(torch, ours)
    np.testing.assert_allclose(glmnet, ours)
    from regctl.report.units import library_units

    texts = [
        argument
        for _, argument, _ in library_units(Setting(lambda_, 0, 0, 0.001), rows, "mean_squared_error")
    ]
    assert texts == ["L2(0.0123)", "Ridge(alpha=8.61)", "alpha=0, lambda=0.0123", "weight_decay=0.0246"]


def test_l1_and_elastic_net_are_given_in_scikit_learns_and_glmnets_units():
    """As DESIGN maps them: Lasso alpha = λ₁/2; ElasticNet alpha = λ₁/2 + λ₂, so r = 0.5 is its 1/3."""
    from regctl.report.units import library_units

    lasso = {
        name: text
        for name, text, _ in library_units(Setting(0.4, 0, 0, 0.001, l1_ratio=1.0), 100, "mean_squared_error")
    }
    assert lasso == {"Keras": "L1(0.4)", "scikit-learn": "Lasso(alpha=0.2)", "glmnet": "alpha=1, lambda=0.2"}
    net = {
        name: text
        for name, text, _ in library_units(Setting(0.4, 0, 0, 0.001, l1_ratio=0.5), 100, "mean_squared_error")
    }
    assert net == {
        "Keras": "L1L2(0.2, 0.2)",
        "scikit-learn": "ElasticNet(alpha=0.3, l1_ratio=0.333333)",
        "glmnet": "alpha=0.333333, lambda=0.3",
    }
