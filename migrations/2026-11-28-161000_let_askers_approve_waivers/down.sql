-- Three people take part in every waiver again: of one that its asker has approved it is not told who asked. Row security hides the rows
-- from the owner as well.
ALTER TABLE promotion_waivers NO FORCE ROW LEVEL SECURITY;
UPDATE promotion_waivers SET maker_id = NULL WHERE self_approved;
ALTER TABLE promotion_waivers FORCE ROW LEVEL SECURITY;

REVOKE UPDATE (self_approved) ON promotion_waivers FROM lectern_service;
ALTER TABLE promotion_waivers
    DROP CONSTRAINT promotion_waivers_approvers_check,
    ADD CONSTRAINT promotion_waivers_three_people_check
        CHECK (first_approver_id <> second_approver_id AND maker_id NOT IN (first_approver_id, second_approver_id)
               AND employee_id NOT IN (first_approver_id, second_approver_id)),
    DROP COLUMN self_approved;
