"""The state that outlives a call: one store, whatever keeps it."""

from toolpost.store.space import Space as Space
from toolpost.store.space import Store as Store
