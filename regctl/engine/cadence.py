"""When data losses are measured: the validation loss after every epoch, the training loss now and then."""

# The training loss is measured at about this many epochs, and always at the last.
TRAIN_LOSS_POINTS = 10


def measures_training_loss(epoch: int, epochs: int) -> bool:
    """Whether the training loss is wanted after an epoch, counted from 1."""
    return epoch % max(1, epochs // TRAIN_LOSS_POINTS) == 0 or epoch == epochs
