"""The lives of the two programmes as stories that run; begin reading here."""
