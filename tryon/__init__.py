"""Live try-on and fit for crowns, tiaras, necklaces and hand jewellery."""

import os

# numpy's OpenBLAS reads it when it loads. Its second thread spins for some 20 ms of CPU after every product that
# it helped with, and the pose solve has one in each picture: measured 45 ms of CPU a picture with it, 28 without.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
