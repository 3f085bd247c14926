"""Taking up a changed configuration while calls go on."""

from toolpost.reload.reloading import Reloading as Reloading
from toolpost.reload.watching import hangups as hangups
from toolpost.reload.watching import heeding as heeding
