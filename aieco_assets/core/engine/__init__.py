"""Map over batches, here or on Ray: the one way in which a heavy step leaves its process."""

from aieco_assets.core.engine.step import LOCAL, RAY, Step, map_batches

__all__ = ["LOCAL", "RAY", "Step", "map_batches"]
