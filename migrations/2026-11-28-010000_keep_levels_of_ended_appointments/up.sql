-- An employment that ends takes days from an appointment and leaves its levels as they are, so that they are the same if the days
-- come back. Only the days of the appointment count.

COMMENT ON TABLE lecturer_levels IS
    'Which level an appointment has from when to when; a fee takes the level of the day of the session. Only the days of the appointment count: a level is kept for days that the end of an employment took.';
