"""Fourier transforms."""

ONE = ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"]
SEVERAL = ["fftn", "ifftn", "rfftn", "irfftn"]

ROWS = [
    *((f"fft.{n}", "axis", (lambda xp, x, n=n: getattr(xp.fft, n)(x, axis=2)), (ValueError, "axis 2")) for n in ONE),
    *((f"fft.{n}", "size", (lambda xp, x, n=n: getattr(xp.fft, n)(x, n=0)), (ValueError, n)) for n in ONE),
    *(
        (f"fft.{n}", "norm", (lambda xp, x, n=n: getattr(xp.fft, n)(x, norm="loud")), (ValueError, "norm"))
        for n in (*ONE, *SEVERAL)
    ),
    *(
        (f"fft.{n}", "a string", (lambda xp, x, n=n: getattr(xp.fft, n)("abc")), (TypeError, ""))
        for n in (*ONE, *SEVERAL)
    ),
    *(
        (f"fft.{n}", "axes", (lambda xp, x, n=n: getattr(xp.fft, n)(x, axes=(2,))), (ValueError, "axis 2"))
        for n in (*SEVERAL, "fftshift", "ifftshift")
    ),
    *(
        (f"fft.{n}", "size", (lambda xp, x, n=n: getattr(xp.fft, n)(0)), (ValueError, ""))
        for n in ("fftfreq", "rfftfreq")
    ),
]
