"""What a spec leaves to the data: their hash, a registered data set's options, the shape of images."""

from typing import Any

from regctl.datasets.registered import whole_options
from regctl.errors import SpecError
from regctl.spec.resolved import with_values
from regctl.spec.schema import Spec
from regctl.types import OpenData


def completed(spec: Spec, data: OpenData) -> Spec:
    """The spec with `dataset.sha256`, with all `dataset.options`, and for model cnn with `model.image`.

    Raises:
        SpecError: model cnn, and neither spec nor data say what an image is.
    """
    values: dict[str, Any] = {
        "dataset.sha256": data.split.data_hash,
        "dataset.options": whole_options(spec.dataset),
    }
    if spec.model.name == "cnn" and spec.model.image is None:
        if data.image_shape is None:
            what = "model cnn needs [height, width, channels], which the data set does not say"
            raise SpecError([f"model.image: {what}. Received: none."])
        values["model.image"] = list(data.image_shape)
    return with_values(spec, values)
