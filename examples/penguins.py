"""A small classifier of penguins: four measurements to three species. Palmer penguins; see data/README.md for the source."""

import csv
import json
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

import unigrad as ug
import unigrad.tf as tf

DATA = Path(__file__).parent / "data" / "penguins.csv"
MEASUREMENTS = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")
STEPS = 150


@dataclass
class Run:
    """What a training run gave."""

    backend: str
    steps: int
    species: list[str]
    held_out_count: int
    correct: int = 0
    accuracy: float = 0.0
    train_loss: list[float] = field(default_factory=list)
    held_out_loss: list[float] = field(default_factory=list)
    # for the picture: of each held-out penguin two measurements, its species and the one that was said
    points: list[list[float]] = field(default_factory=list)
    truth: list[int] = field(default_factory=list)
    said: list[int] = field(default_factory=list)

    def save(self, folder: Path) -> Path:
        """Write it all as JSON; floats are written so that they are read back exactly."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"penguins_{self.backend.replace(':', '_')}.json"
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")
        return path


def load() -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Measurements (penguins, 4), species by number, and the names of the species."""
    with DATA.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = sorted({row["species"] for row in rows})
    x = np.array([[float(row[m]) for m in MEASUREMENTS] for row in rows])
    return x, np.array([names.index(row["species"]) for row in rows]), names


def initial_weights(sizes: list[int]) -> list[np.ndarray]:
    """Kernels and biases from NumPy's generator, so that every backend starts alike."""
    rng = np.random.default_rng(0)
    weights = []
    for n, m in pairwise(sizes):
        weights += [rng.normal(0.0, np.sqrt(2 / n), (n, m)), np.zeros(m)]
    return weights


def train(console: Console) -> Run:
    """Train on three penguins of four, and look at the fourth. All in float64."""
    x, y, names = load()
    held_out = np.arange(len(x)) % 4 == 3  # the rows are sorted by species, so every species is in both parts
    measured = x[held_out]
    mean, std = x[~held_out].mean(axis=0), x[~held_out].std(axis=0)  # of the training part alone
    x = (x - mean) / std
    x_train, y_train = tf.constant(x[~held_out]), tf.constant(y[~held_out])
    x_test, y_test = tf.constant(x[held_out]), tf.constant(y[held_out])

    model = tf.keras.Sequential(
        [
            tf.keras.layers.Dense(16, activation="relu", dtype=tf.float64),
            tf.keras.layers.Dense(len(names), dtype=tf.float64),
        ]
    )
    model(x_train[:1])  # the layers make their weights
    model.set_weights(initial_weights([len(MEASUREMENTS), 16, len(names)]))
    optimizer = tf.keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)

    def loss_of(inputs: ug.Tensor, labels: ug.Tensor) -> ug.Tensor:
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=model(inputs)))

    console.print(
        f"{len(x)} penguins, {len(MEASUREMENTS)} measurements each: {len(x) - held_out.sum()} to learn from, "
        f"{held_out.sum()} held out.\nDense(16, relu) and Dense({len(names)}), softmax cross entropy, "
        f"SGD with momentum, {STEPS} steps over all of them, float64."
    )
    backend = ug.get_backend()
    label = backend.name if backend.device is None else f"{backend.name}:{backend.device}"
    run = Run(label, STEPS, names, int(held_out.sum()), points=measured[:, [0, 2]].tolist(), truth=y[held_out].tolist())
    columns = (
        TextColumn("training"), BarColumn(), MofNCompleteColumn(),
        TextColumn("loss [bold]{task.fields[loss]:.4f}[/]  held out [bold]{task.fields[accuracy]:.1%}[/]"),
    )  # fmt: skip
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("training", total=STEPS, loss=float("nan"), accuracy=0.0)
        for _ in range(STEPS):
            with tf.GradientTape() as tape:
                loss = loss_of(x_train, y_train)
            variables = model.trainable_variables
            optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
            run.train_loss.append(float(loss))
            run.held_out_loss.append(float(loss_of(x_test, y_test)))
            run.said = tf.argmax(model(x_test), axis=1).numpy().tolist()
            run.correct = sum(a == b for a, b in zip(run.said, run.truth, strict=True))
            run.accuracy = run.correct / run.held_out_count
            progress.update(bar, advance=1, loss=run.train_loss[-1], accuracy=run.accuracy)
    return run
