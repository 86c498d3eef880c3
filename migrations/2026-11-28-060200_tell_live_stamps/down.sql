DROP FUNCTION live_stamps(uuid[], uuid[], text[]);
