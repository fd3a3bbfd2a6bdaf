"""Makes the pictures of the documents from those of the tests: refresh_screenshots.py FROM TO."""

import pathlib
import sys

from PIL import Image

CHOSEN = ("suspected-dark", "fire-light", "camera-light", "fire-dark-phone")
LARGEST = 200_000

source, target = map(pathlib.Path, sys.argv[1:3])
target.mkdir(parents=True, exist_ok=True)
for name in CHOSEN:
    made = target / f"{name}.png"
    # Few colours are enough for flat surfaces and letters, but the rare ones of the plots must stay.
    picture = Image.open(source / f"{name}.png").convert("RGB")
    picture.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(made, optimize=True)
    size = made.stat().st_size
    print(f"{made}: {size // 1000} kB")
    if size > LARGEST:
        sys.exit(f"{made} is larger than {LARGEST // 1000} kB")
