"""The sample that the project writes itself: a fictional retailer's documents, golden questions and transactions.

Light to import: numpy, fpdf2 and python-docx are loaded when something is written.
"""

from aieco_assets.core.sample.writer import SampleInfo, write_sample

__all__ = ["SampleInfo", "write_sample"]
