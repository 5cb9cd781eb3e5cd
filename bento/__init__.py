from aieco_assets.core.garbage_collection import collect_rarely

collect_rarely()
