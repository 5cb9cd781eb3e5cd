"""The service: HTTP around the platform. Whatever process imports it imports a lot."""

from aieco_assets.core.garbage_collection import collect_rarely

collect_rarely()
