"""What unigrad does, in a minute: the notebook's steps, then its model grown into a small classifier and trained.

    UNIGRAD_BACKEND=numpy python examples/demo.py [--out FOLDER]        or: make demo BACKEND=numpy|jax|torch

Writes a picture of the training run and its loss curve as JSON into FOLDER (by default examples/out).
"""

import argparse
import os
import sys
from pathlib import Path

# The classifier is trained in float64, so that the loss curves of all backends agree to rounding. JAX asks for that here.
os.environ.setdefault("JAX_ENABLE_X64", "1")

from penguins import train
from picture import draw
from rich.console import Console
from rich.markup import escape
from rich.rule import Rule
from rich.syntax import Syntax

import unigrad as ug
from unigrad.errors import BackendError

#: what each step shows, and the notebook's own lines
STEPS = [
    (
        "A tape records what is computed with a variable. The gradient of x**2 at 3 is 2 * 3.",
        """\
x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = x**2
dy_dx = tape.gradient(y, x)
print(dy_dx.numpy())""",
    ),
    (
        "Tensors of any shape; a plain list stands on the left of @. Variables are float32 and have names.",
        """\
w = tf.Variable(tf.random.normal((3, 2)), name='w')
b = tf.Variable(tf.zeros(2, dtype=tf.float32), name='b')
x = [[1., 2., 3.]]
print(w)
print(b)
with tf.GradientTape(persistent=True) as tape:
    y = x @ w + b
    loss = tf.reduce_mean(y**2)""",
    ),
    (
        "A persistent tape is asked as often as one likes. The gradients come in the structure of the sources.",
        """\
grads = tape.gradient(loss, {'w': w, 'b': b})
print(grads['b'].numpy(), '=', y.numpy()[0])
print([g.shape for g in tape.gradient(loss, [w, b])])""",
    ),
    (
        "A layer makes its weights when it sees its first input, and `trainable_variables` collects them.",
        """\
layer = tf.keras.layers.Dense(2, activation='relu')
x = tf.constant([[1., 2., 3.]])
with tf.GradientTape() as tape:
    y = layer(x)
    loss = tf.reduce_mean(y**2)
grad = tape.gradient(loss, layer.trainable_variables)
for var, g in zip(layer.trainable_variables, grad):
    print(f'{var.name}, shape: {g.shape}')""",
    ),
    (
        "Beyond the notebook: a tape inside a tape gives higher derivatives. The third of sin at 0 is -cos(0).",
        """\
x = tf.Variable(0.0)
with tf.GradientTape() as t3:
    with tf.GradientTape() as t2:
        with tf.GradientTape() as t1:
            y = tf.sin(x)
        first = t1.gradient(y, x)
    second = t2.gradient(first, x)
print(t3.gradient(second, x).numpy())""",
    ),
]


def notebook(console: Console) -> None:
    """Show and run the notebook's steps, one after the other, in one namespace."""
    console.print(Syntax("import unigrad.tf as tf", "python", theme="ansi_dark", background_color="default"))
    namespace: dict[str, object] = {}
    exec("import unigrad.tf as tf", namespace)
    for number, (shows, code) in enumerate(STEPS, 1):
        console.print(f"\n[bold cyan]{number}.[/] [bold]{escape(shows)}[/]")
        console.print(Syntax(code, "python", theme="ansi_dark", background_color="default"))
        namespace["print"] = lambda *values: console.print(
            *(escape(f"  {v}".replace("\n", "\n  ")) if i == 0 else escape(str(v)) for i, v in enumerate(values)),
            style="green",
            highlight=False,
            soft_wrap=True,
        )
        exec(code, namespace)


def main() -> int:
    """Run the demo; the exit status."""
    parser = argparse.ArgumentParser(description="What unigrad does, in a minute.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "out", help="where the files go")
    out: Path = parser.parse_args().out
    console = Console()
    try:
        backend = ug.get_backend()
    except BackendError as e:
        console.print(f"[bold red]{escape(str(e))}[/]")
        return 2
    console.print(Rule(f"unigrad {ug.__version__} on {backend.name}, device {ug.zeros(1).device}"))
    notebook(console)
    console.print()
    console.print(Rule("the model, grown: which species is this penguin?"))
    run = train(console)
    picture, curve = draw(run, out), run.save(out)
    console.print(
        f"[bold]{run.correct} of {run.held_out_count} penguins that the training never saw are recognised: "
        f"{run.accuracy:.1%}.[/]"
    )
    console.print(f"loss {run.train_loss[0]:.4f} -> {run.train_loss[-1]:.4f} in {run.steps} steps")
    console.print(f"picture: {picture}\ncurve:   {curve}", highlight=False, soft_wrap=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
