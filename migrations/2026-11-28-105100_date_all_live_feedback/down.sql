-- The days that were filled in stay: nothing tells them from those that were chosen.
COMMENT ON COLUMN programmes.live_feedback_from_on IS
    'Files bring no ratings and no decided cases of the periods from the one with this local day on; null: of none yet.';
