ALTER TABLE promotion_applications
    DROP COLUMN self_approved,
    DROP COLUMN maker_id;
