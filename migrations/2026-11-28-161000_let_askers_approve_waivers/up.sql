-- In a company that allows self-approval, who asked for a waiver may be one of the two who approve it.

ALTER TABLE promotion_waivers
    ADD COLUMN self_approved boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT promotion_waivers_three_people_check,
    ADD CONSTRAINT promotion_waivers_approvers_check
        CHECK (first_approver_id <> second_approver_id AND employee_id NOT IN (first_approver_id, second_approver_id)
               AND (self_approved OR maker_id NOT IN (first_approver_id, second_approver_id)));

GRANT UPDATE (self_approved) ON promotion_waivers TO lectern_service;

COMMENT ON COLUMN promotion_waivers.self_approved IS
    'One of the two who approved it is who asked for it, under the small-company switch.';
