"""Serves the tools that plugins of `llm` bring."""

from toolpost_llm_tools.plugin import LLMTools

__all__ = ["LLMTools"]
