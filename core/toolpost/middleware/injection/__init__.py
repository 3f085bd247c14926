"""Keeps instructions that hide in data from passing for the user's: strips, flags, marks, and pins what tools say."""

from toolpost.middleware.injection.detector import Detector
from toolpost.middleware.injection.hidden import strip
from toolpost.middleware.injection.layer import Injection

__all__ = ["Detector", "Injection", "strip"]
