"""Pictures of the calibration board as a camera of known numbers takes them: lens, blur and noise."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.geometry.rigid import rotation_from_vector
from tryon.track.marker import Board, board_cells
from tryon.types import U8, Camera

_FINE = 6
"Pixels of the drawn page a millimetre."
_WHITE_MM = 15.0


def drawn() -> U8:
    """(h, w) the page: the board with white round it."""
    board = Board()
    width, height = (round((count * board.square_mm + 2 * _WHITE_MM) * _FINE) for count in board.squares)
    page = np.full((height, width), 235, np.uint8)
    for cell in board_cells(board):
        left, top, right, bottom = np.round((np.array([*cell[:2], *(cell[:2] + cell[2:])]) + _WHITE_MM) * _FINE)
        page[int(top) : int(bottom), int(left) : int(right)] = 25
    return np.asarray(cv2.GaussianBlur(page, (0, 0), _FINE / 4), dtype=np.uint8)


class Studio:
    """Takes pictures of the board with one camera."""

    def __init__(self, camera: Camera, rng: np.random.Generator) -> None:
        self._camera, self._rng, self._page = camera, rng, drawn()
        width, height = camera.size_px
        # every pixel four times, and averaged below
        x, y = np.meshgrid((np.arange(2 * width) - 0.5) / 2, (np.arange(2 * height) - 0.5) / 2)
        grid = np.stack([x.ravel(), y.ravel()], axis=1)[:, None]
        self._rays = cv2.undistortPoints(grid, camera.matrix, camera.distortion).reshape(-1, 2)

    def picture(
        self, tilt_deg: tuple[float, float] = (0, 0), *, side: tuple[float, float] = (0, 0), away: float = 1.0
    ) -> U8:
        """(h, w) grey: the board tilted, moved aside (shares of the width), `away` as many times as it just fits."""
        width, height = self._camera.size_px
        board_mm = np.array(Board().squares) * Board().square_mm
        turn = rotation_from_vector(np.array([*np.radians(tilt_deg), 0.1]))
        depth = away * board_mm[0] * 1.6 * self._camera.matrix[0, 0] / width
        middle = depth * np.array([*np.array(side) * width / self._camera.matrix[0, 0], 1])
        board_from_ray = np.linalg.inv(np.column_stack([turn[:, 0], turn[:, 1], middle]))
        places = np.column_stack([self._rays, np.ones(len(self._rays))]) @ board_from_ray.T
        on_page = (places[:, :2] / places[:, 2:] + board_mm / 2 + _WHITE_MM) * _FINE - 0.5
        across, down = on_page.astype(np.float32).reshape(2 * height, 2 * width, 2).transpose(2, 0, 1)
        wide = cv2.remap(self._page, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=110)
        sharp = cv2.resize(wide, (width, height), interpolation=cv2.INTER_AREA)
        soft = cv2.GaussianBlur(sharp, (0, 0), 0.8)
        return np.clip(soft + self._rng.normal(0, 3, soft.shape), 0, 255).astype(np.uint8)

    def session(self, count: int, *, tilt_deg: float = 35) -> list[U8]:
        """Pictures with the board held anew each time."""
        return [
            self.picture(
                tuple(self._rng.uniform(-tilt_deg, tilt_deg, 2)),
                side=(self._rng.uniform(-0.12, 0.12), self._rng.uniform(-0.06, 0.06)),
                away=self._rng.uniform(0.9, 1.3),
            )
            for _ in range(count)
        ]
