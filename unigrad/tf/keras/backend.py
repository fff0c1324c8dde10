"""What belongs to the process (tf.keras.backend)."""

from unigrad.nn.module import forget_names


def clear_session() -> None:
    """Begin the numbers of layers' names anew: the next unnamed Dense is ``dense`` again."""
    forget_names()
