"""Long names as a table or a figure shows them; the files of a run have them whole."""

ELLIPSIS = "…"


def cut(text: str, letters: int) -> str:
    """A text of at most so many letters, an ellipsis for those in its middle."""
    if len(text) <= letters:
        return text
    head = (letters - 1) * 2 // 3
    return text[:head] + ELLIPSIS + text[len(text) - (letters - 1 - head) :]
