"""REG504: rows of different parts with the same features and another target."""

import numpy as np
from data_makers import houses, source_of, spec_for

from regctl.datasets import twins
from regctl.datasets.dividing import divide

ROWS = 200


def table_with(pairs: int) -> dict[str, list]:
    """So many training rows at the top whose features a test row at the bottom has, too."""
    table = {**houses(ROWS), "p": ["train"] * 120 + ["validation"] * 40 + ["test"] * 40}
    for row in range(pairs):
        for name in ("a", "b", "c"):
            table[name][ROWS - 1 - row] = table[name][row]
    return table


def codes(table: dict[str, list], **split: str) -> list[str]:
    return [finding.code for finding in divide(source_of(table), spec_for(split=split)).findings]


def test_twins_in_other_parts_are_counted():
    found = divide(source_of(table_with(3)), spec_for(split={"column": "p"}))
    (finding,) = found.findings
    assert (finding.code, finding.severity) == ("REG504", "note")
    assert finding.evidence == {"rows": 6, "of": ROWS, "first_rows": [0, 1, 2, 197, 198]}


def test_a_single_pair_of_many_rows_is_let_pass_and_copies_are_another_finding():
    assert codes(table_with(0), column="p") == []
    large = 400  # 1 pair is 0.5 % of the rows
    table = {**houses(large), "p": ["train"] * 240 + ["validation"] * 80 + ["test"] * 80}
    for name in ("a", "b", "c"):
        table[name][large - 1] = table[name][0]
    assert codes(table, column="p") == []
    copies = table_with(3)
    for row in range(3):
        copies["y"][ROWS - 1 - row] = copies["y"][row]
    assert codes(copies, column="p") == ["REG501"]


def test_groups_that_are_given_are_not_doubted():
    table = table_with(3)
    table["g"] = list(range(ROWS))
    assert codes({name: table[name] for name in table if name != "p"}, group="g") == []


def test_where_features_have_few_values_equal_rows_are_no_wonder():
    table = table_with(0)
    for name in ("a", "b", "c"):
        table[name] = [table[name][row % 50] for row in range(ROWS)]
    assert codes(table, column="p") == []


def test_very_large_tables_are_let_pass(monkeypatch):
    monkeypatch.setattr(twins, "MOST_CELLS", 10)
    assert codes(table_with(3), column="p") == []


def test_missing_values_are_equal_to_each_other():
    table = table_with(3)
    table["a"][0] = table["a"][ROWS - 1] = np.nan
    assert codes(table, column="p") == ["REG504"]
