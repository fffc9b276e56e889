"""Pictures and texts of a battle, drawn with numpy alone."""
