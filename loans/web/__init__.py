"""The portal: what an institution's people see of their loans."""
