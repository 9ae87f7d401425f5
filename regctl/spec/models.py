"""Whether a spec's `model.name` is one that this command knows: a preset's, a plugin's, or an installed package's."""

from regctl import catalog
from regctl.spec.words import did_you_mean, shown


def model_problem(name: str) -> str | None:
    """What is wrong with a model's name; None when nothing is."""
    if name in catalog.MODELS:
        return None
    known = catalog.names("models")
    if name in known:
        return None
    hint = did_you_mean(name, known) or " A model of your own comes with --plugin FILE."
    return f"expected {', '.join(known[:-1])} or {known[-1]}. Received: {shown(name)}.{hint}"
