"""What is under test: unigrad on a backend, or a native framework's own autodiff with no unigrad engine in between."""

from unigrad_conformance.subjects.native import NativeSubject
from unigrad_conformance.subjects.protocol import Recording, Subject, column_of, spec_of
from unigrad_conformance.subjects.tapes import Tapes

__all__ = ["NativeSubject", "Recording", "Subject", "Tapes", "column_of", "spec_of"]
