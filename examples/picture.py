"""The picture of a training run: its loss curve, and the penguins that it was tried on."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # no display is needed

import matplotlib.pyplot as plt
from penguins import Run

INK, SOFT = "#22303c", "#8b98a5"
SPECIES = ("#e07a2f", "#7b5ea7", "#2a8c82")
MARKERS = ("o", "s", "^")


def draw(run: Run, folder: Path) -> Path:
    """Write the picture as PNG; its path."""
    style = {
        "font.size": 11, "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": SOFT, "xtick.color": INK,
        "ytick.color": INK, "axes.spines.top": False, "axes.spines.right": False, "axes.titlelocation": "left",
        "axes.titlesize": 12, "axes.titlepad": 10, "legend.frameon": False,
    }  # fmt: skip
    with plt.rc_context(style):
        figure, (left, right) = plt.subplots(1, 2, figsize=(11, 5), width_ratios=(1.15, 1), layout="constrained")
        figure.suptitle(
            f"Three species of penguin, learnt with unigrad's tape on {run.backend}",
            x=0.012, ha="left", fontsize=15, fontweight="bold",
        )  # fmt: skip
        figure.get_layout_engine().set(wspace=0.06, h_pad=0.08)
        curve(left, run)
        penguins(right, run)
        figure.text(
            0.99,
            -0.035,
            "Data: Palmer penguins, Gorman et al. 2014; Horst et al. 2020 (CC0)",
            ha="right",
            fontsize=8.5,
            color=SOFT,
        )
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"penguins_{run.backend.replace(':', '_')}.png"
        figure.savefig(path, dpi=150, bbox_inches="tight", pad_inches=0.15, facecolor="white")
        plt.close(figure)
    return path


def curve(axes: plt.Axes, run: Run) -> None:
    """Loss over steps, both parts of the data."""
    steps = range(1, run.steps + 1)
    axes.plot(steps, run.train_loss, color="#1f6fb2", linewidth=2.2, label="training")
    axes.plot(steps, run.held_out_loss, color="#d1495b", linewidth=2.2, linestyle=(0, (4, 1.6)), label="held out")
    axes.set_yscale("log")
    axes.set_xlim(0, run.steps * 1.02)
    axes.set_xlabel("step")
    axes.set_ylabel("softmax cross entropy (log scale)")
    axes.set_title(f"Loss: {run.train_loss[0]:.3f} falls to {run.train_loss[-1]:.4f} in training")
    axes.grid(axis="y", which="major", color="#e6eaee", linewidth=0.9)
    axes.set_axisbelow(True)
    axes.legend(loc="upper right", fontsize=11)


def penguins(axes: plt.Axes, run: Run) -> None:
    """The held-out penguins by two of their four measurements; a ring around each that was taken for another species."""
    for number, name in enumerate(run.species):
        own = [p for p, t in zip(run.points, run.truth, strict=True) if t == number]
        axes.scatter(
            [p[0] for p in own], [p[1] for p in own], s=46, color=SPECIES[number], marker=MARKERS[number], alpha=0.85,
            edgecolors="white", linewidths=0.7, label=f"{name} ({len(own)})",
        )  # fmt: skip
    wrong = [p for p, t, s in zip(run.points, run.truth, run.said, strict=True) if t != s]
    if wrong:
        axes.scatter(
            [p[0] for p in wrong],
            [p[1] for p in wrong],
            s=190,
            facecolors="none",
            edgecolors=INK,
            linewidths=1.4,
            label="mistaken",
        )
    axes.set_xlabel("bill length (mm)")
    axes.set_ylabel("flipper length (mm)")
    axes.set_title(f"Held out: {run.correct} of {run.held_out_count} recognised ({run.accuracy:.1%})")
    axes.grid(color="#eef1f4", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.legend(loc="upper left", fontsize=10, handletextpad=0.3)
