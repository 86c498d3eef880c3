// @generated automatically by Diesel CLI.

diesel::table! {
    use diesel::sql_types::*;

    absences (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        employee_id -> Uuid,
        kind -> Text,
        starts_on -> Date,
        ends_on -> Nullable<Date>,
        source -> Text,
        source_ref -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
        reason -> Nullable<Text>,
        lifted_at -> Nullable<Timestamptz>,
        lift_reason -> Nullable<Text>,
        ends_with_employment -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    access_changes (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        employee_id -> Uuid,
        field -> Text,
        target -> Text,
        present -> Jsonb,
        proposed -> Jsonb,
        state -> Text,
        proposed_kind -> Text,
        proposed_id -> Uuid,
        answerable_id -> Nullable<Uuid>,
        decided_kind -> Nullable<Text>,
        decided_id -> Nullable<Uuid>,
        decided_at -> Nullable<Timestamptz>,
        self_approved -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    advice_findings (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        programme_id -> Uuid,
        code -> Text,
        subject -> Text,
        state -> Text,
        params -> Jsonb,
        evidence -> Jsonb,
        rule -> Nullable<Jsonb>,
        policies -> Nullable<Jsonb>,
        found_at -> Timestamptz,
        dismissed_by_id -> Nullable<Uuid>,
        dismissed_at -> Nullable<Timestamptz>,
        dismiss_reason -> Nullable<Text>,
        version -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    advice_settings (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        programme_id -> Uuid,
        settings -> Jsonb,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    anonymous_counts (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        session_id -> Uuid,
        batch_id -> Nullable<Uuid>,
        rule_id -> Nullable<Uuid>,
        key -> Nullable<Text>,
        scale -> Int4,
        value -> Int4,
        times -> Int4,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    anonymous_participants (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        session_id -> Uuid,
        learner_id -> Uuid,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    anonymous_texts (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        session_id -> Uuid,
        batch_id -> Nullable<Uuid>,
        comment -> Text,
        is_counted -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    api_clients (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        name -> Text,
        secret_sha256 -> Bytea,
        roles -> Array<Text>,
        revoked_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
        responsible_id -> Nullable<Uuid>,
        secret_rotated_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    appeal_events (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        appeal_id -> Uuid,
        seq -> Int4,
        event -> Text,
        actor_id -> Uuid,
        message -> Nullable<Text>,
        occurred_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    appeals (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        period_id -> Uuid,
        snapshot_id -> Uuid,
        employee_id -> Uuid,
        session_id -> Nullable<Uuid>,
        content_id -> Nullable<Uuid>,
        metric -> Nullable<Text>,
        entry_id -> Nullable<Uuid>,
        state -> Text,
        decided_at -> Nullable<Timestamptz>,
        decided_by_id -> Nullable<Uuid>,
        self_approved -> Bool,
        correction -> Nullable<Text>,
        audit_entry_id -> Nullable<Uuid>,
        correcting_entry_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    application_cases (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        session_id -> Uuid,
        learner_id -> Uuid,
        description -> Text,
        applied_on -> Nullable<Date>,
        state -> Text,
        submitted_at -> Timestamptz,
        decided_at -> Nullable<Timestamptz>,
        decided_by_id -> Nullable<Uuid>,
        decision_note -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
        maker_id -> Nullable<Uuid>,
        voided_at -> Nullable<Timestamptz>,
        voided_by_id -> Nullable<Uuid>,
        void_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    attendance_records (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        session_id -> Uuid,
        employee_id -> Uuid,
        state -> Text,
        minutes -> Nullable<Int4>,
        source -> Text,
        recorded_at -> Timestamptz,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    audit_entries (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        occurred_at -> Timestamptz,
        actor_kind -> Text,
        actor_id -> Uuid,
        command -> Text,
        subject_type -> Text,
        subject_id -> Nullable<Uuid>,
        fields -> Array<Text>,
        details -> Jsonb,
        request_id -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    budget_raises (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        period_id -> Uuid,
        budget_minor -> Int8,
        #[max_length = 3]
        currency -> Bpchar,
        reason -> Text,
        maker_id -> Nullable<Uuid>,
        checker_id -> Nullable<Uuid>,
        self_approved -> Bool,
        approved_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    calendar_days (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        day -> Date,
        kind -> Text,
        name -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    certificates (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        employee_id -> Uuid,
        programme_id -> Uuid,
        snapshot_id -> Nullable<Uuid>,
        policy_code -> Nullable<Text>,
        earned_period -> Text,
        certificate_code -> Text,
        public_code -> Text,
        issued_at -> Timestamptz,
        revoked_at -> Nullable<Timestamptz>,
        revoke_reason -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
        status_index -> Nullable<Int4>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    competence_certificates (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        employee_id -> Uuid,
        kind -> Text,
        issuer -> Text,
        certificate_number -> Nullable<Text>,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    content_authors (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        content_id -> Uuid,
        employee_id -> Uuid,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    content_versions (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        content_id -> Uuid,
        number -> Int4,
        submitted_at -> Timestamptz,
        submitted_by_id -> Nullable<Uuid>,
        body -> Nullable<Text>,
        file_name -> Nullable<Text>,
        media_type -> Nullable<Text>,
        byte_size -> Nullable<Int8>,
        #[max_length = 64]
        sha256 -> Nullable<Bpchar>,
        storage_key -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    contents (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        programme_id -> Uuid,
        session_id -> Nullable<Uuid>,
        title -> Text,
        outline -> Nullable<Text>,
        case_requirement -> Nullable<Text>,
        published_at -> Nullable<Timestamptz>,
        withdrawn_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
        source -> Nullable<Text>,
        source_ref -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    credential_keys (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        kid -> Text,
        public_jwk -> Jsonb,
        private_key_sealed -> Bytea,
        created_at -> Timestamptz,
        retired_at -> Nullable<Timestamptz>,
        lasting -> Bool,
        suspected_at -> Nullable<Timestamptz>,
        suspected_by_id -> Nullable<Uuid>,
        suspicion_reason -> Nullable<Text>,
        withdrawn_at -> Nullable<Timestamptz>,
        withdrawn_by_id -> Nullable<Uuid>,
        self_approved -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    department_memberships (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        employee_id -> Uuid,
        department_id -> Uuid,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    departments (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        code -> Text,
        name -> Text,
        parent_id -> Nullable<Uuid>,
        is_ranking_unit -> Bool,
        manager_id -> Nullable<Uuid>,
        cost_centre -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    display_names (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        grades -> Jsonb,
        metrics -> Jsonb,
        policies -> Jsonb,
        levels -> Jsonb,
        titles -> Jsonb,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
        competences -> Jsonb,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    earlier_employments (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        employee_id -> Uuid,
        valid_from -> Nullable<Date>,
        valid_to -> Date,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    employee_external_ids (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        employee_id -> Uuid,
        system -> Text,
        kind -> Text,
        value -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    employees (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        employee_number -> Nullable<Text>,
        name -> Text,
        email -> Nullable<Text>,
        hired_on -> Nullable<Date>,
        left_on -> Nullable<Date>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
        merged_into_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    external_metric_values (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        programme_id -> Uuid,
        employee_id -> Uuid,
        period -> Text,
        key -> Text,
        value -> Numeric,
        received_at -> Timestamptz,
        source -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    feedback (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        session_id -> Uuid,
        learner_id -> Uuid,
        rating -> Int4,
        scale -> Int4,
        items -> Jsonb,
        comment -> Nullable<Text>,
        received_at -> Timestamptz,
        source -> Text,
        admissible_until -> Nullable<Timestamptz>,
        counts -> Bool,
        batch_id -> Nullable<Uuid>,
        shown -> Nullable<Jsonb>,
        rule_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    feedback_batch_lecturers (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        batch_id -> Uuid,
        lecturer_id -> Uuid,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    feedback_batches (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        programme_id -> Uuid,
        starts_on -> Date,
        session_id -> Nullable<Uuid>,
        is_revised -> Bool,
        is_rest -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    feedback_extensions (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        session_id -> Uuid,
        extended_until -> Timestamptz,
        reason -> Text,
        granted_by_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    feedback_papers (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        session_id -> Uuid,
        digest -> Text,
        form_count -> Int4,
        entered_by_id -> Uuid,
        entered_at -> Timestamptz,
        confirmed_by_id -> Nullable<Uuid>,
        confirmed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    former_employee_numbers (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        employee_id -> Uuid,
        employee_number -> Text,
        given_up_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    former_external_ids (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        employee_id -> Uuid,
        system -> Text,
        kind -> Text,
        value -> Text,
        given_up_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    former_mail_addresses (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        employee_id -> Uuid,
        email -> Text,
        given_up_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    hr_tasks (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        restatement_id -> Uuid,
        proposal_id -> Uuid,
        programme_id -> Uuid,
        period -> Text,
        employee_id -> Uuid,
        kind -> Text,
        policy_code -> Text,
        certificate_code -> Nullable<Text>,
        title_code -> Nullable<Text>,
        title_id -> Nullable<Uuid>,
        notice_id -> Nullable<Uuid>,
        state -> Text,
        decided_at -> Nullable<Timestamptz>,
        decided_by_id -> Nullable<Uuid>,
        reason -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
        opportunity_code -> Nullable<Text>,
        precedence_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    idempotency_keys (tenant_id, caller, key) {
        tenant_id -> Uuid,
        caller -> Text,
        key -> Text,
        operation -> Text,
        body_sha256 -> Bytea,
        response_status -> Nullable<Int2>,
        response_headers -> Nullable<Jsonb>,
        response_body -> Nullable<Bytea>,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    improvement_notices (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        employee_id -> Uuid,
        programme_id -> Uuid,
        snapshot_id -> Nullable<Uuid>,
        policy_code -> Nullable<Text>,
        state -> Text,
        opened_at -> Timestamptz,
        closed_at -> Nullable<Timestamptz>,
        closed_by_id -> Nullable<Uuid>,
        closing_note -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
        earned_period -> Nullable<Text>,
        run -> Nullable<Jsonb>,
        grade_at_most -> Nullable<Text>,
        acknowledged_at -> Nullable<Timestamptz>,
        answered_at -> Nullable<Timestamptz>,
        plan -> Nullable<Text>,
        passed_period -> Nullable<Text>,
        firing_number -> Nullable<Int4>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    jobs (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        kind -> Text,
        state -> Text,
        request -> Jsonb,
        result -> Nullable<Jsonb>,
        problem -> Nullable<Jsonb>,
        progress_done -> Int8,
        progress_total -> Nullable<Int8>,
        attempts -> Int4,
        run_after -> Timestamptz,
        claimed_at -> Nullable<Timestamptz>,
        claimed_by -> Nullable<Text>,
        finished_at -> Nullable<Timestamptz>,
        requested_by_kind -> Text,
        requested_by_id -> Uuid,
        request_id -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    lecturer_group_memberships (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        employee_id -> Uuid,
        group_id -> Uuid,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    lecturer_group_organisers (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        group_id -> Uuid,
        employee_id -> Uuid,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    lecturer_groups (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        code -> Text,
        name -> Text,
        description -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    lecturer_levels (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        lecturer_id -> Uuid,
        level -> Text,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    lecturer_renewals (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        lecturer_id -> Uuid,
        term_before -> Nullable<Date>,
        term_to -> Nullable<Date>,
        reason -> Nullable<Text>,
        renewed_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    lecturers (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        employee_id -> Uuid,
        appointed_on -> Date,
        ended_on -> Nullable<Date>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
        term_to -> Nullable<Date>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    live_marks (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        marked_at -> Timestamptz,
        programme_id -> Nullable<Uuid>,
        employee_id -> Nullable<Uuid>,
        first_day -> Nullable<Date>,
        end_day -> Nullable<Date>,
        set_aside_at -> Nullable<Timestamptz>,
        error -> Nullable<Text>,
        of_feedback -> Bool,
        session_id -> Nullable<Uuid>,
        content_id -> Nullable<Uuid>,
        department_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    live_periods (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        programme_id -> Uuid,
        period -> Text,
        starts_on -> Date,
        ends_on -> Date,
        rule_id -> Uuid,
        version -> Int8,
        computed_at -> Nullable<Timestamptz>,
        anew_since -> Nullable<Timestamptz>,
        anew_after -> Nullable<Uuid>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    live_results (tenant_id, live_period_id, employee_id) {
        tenant_id -> Uuid,
        live_period_id -> Uuid,
        employee_id -> Uuid,
        board_id -> Uuid,
        score -> Nullable<Numeric>,
        shortfall -> Nullable<Int4>,
        grade -> Nullable<Text>,
        inputs -> Jsonb,
        card -> Jsonb,
        version -> Int8,
        sums -> Nullable<Jsonb>,
        titles -> Nullable<Jsonb>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    live_score_counts (tenant_id, live_period_id, board_id, is_whole, shortfall) {
        tenant_id -> Uuid,
        live_period_id -> Uuid,
        board_id -> Uuid,
        is_whole -> Bool,
        shortfall -> Int4,
        lecturers -> Int4,
        scores -> Int4,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    live_turns (tenant_id) {
        tenant_id -> Uuid,
        due_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    mentor_offers (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        programme_id -> Uuid,
        employee_id -> Uuid,
        capacity -> Int4,
        topics -> Nullable<Text>,
        withdrawn_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    mentorship_notes (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        mentorship_id -> Uuid,
        author_id -> Uuid,
        note -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    mentorships (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        programme_id -> Uuid,
        mentor_id -> Uuid,
        mentee_id -> Uuid,
        state -> Text,
        goals -> Text,
        answered_at -> Nullable<Timestamptz>,
        decline_reason -> Nullable<Text>,
        ended_at -> Nullable<Timestamptz>,
        ended_by_id -> Nullable<Uuid>,
        result -> Nullable<Text>,
        result_summary -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    opportunity_applications (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        opportunity_id -> Uuid,
        employee_id -> Uuid,
        state -> Text,
        by_hand -> Bool,
        checked -> Nullable<Jsonb>,
        applied_at -> Timestamptz,
        rank -> Nullable<Int4>,
        score -> Nullable<Numeric>,
        appointed_on -> Nullable<Date>,
        precedence_id -> Nullable<Uuid>,
        cost_minor -> Nullable<Int8>,
        offered_at -> Nullable<Timestamptz>,
        respond_by_at -> Nullable<Timestamptz>,
        accepted_at -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
        reason -> Nullable<Text>,
        certificate_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    opportunity_precedences (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        employee_id -> Uuid,
        programme_id -> Uuid,
        code -> Text,
        snapshot_id -> Uuid,
        policy_code -> Text,
        earned_period -> Text,
        firing_number -> Int4,
        run -> Jsonb,
        granted_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
        withdrawn_at -> Nullable<Timestamptz>,
        withdrawn_by_id -> Nullable<Uuid>,
        withdraw_reason -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    outbox_events (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        topic -> Text,
        subject_type -> Text,
        subject_id -> Uuid,
        payload -> Jsonb,
        occurred_at -> Timestamptz,
        request_id -> Nullable<Text>,
        traceparent -> Nullable<Text>,
        published_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    pay_group_members (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        employee_id -> Uuid,
        pay_group_id -> Uuid,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    pay_groups (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        code -> Text,
        name -> Text,
        recoverable -> Bool,
        is_default -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    pay_items (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        code -> Text,
        name_zh -> Text,
        name_en -> Text,
        issuance_way -> Text,
        tax_mode -> Nullable<Text>,
        tax_category -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    payroll_acknowledgement_lines (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        acknowledgement_id -> Uuid,
        line_id -> Uuid,
        outcome -> Text,
        reason -> Nullable<Text>,
        external_reference -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    payroll_acknowledgements (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        batch_id -> Uuid,
        consumer -> Text,
        external_run_id -> Text,
        is_final -> Bool,
        line_count -> Int4,
        total_minor -> Int8,
        body_sha256 -> Bytea,
        received_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    payroll_batches (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        pay_group_id -> Uuid,
        #[max_length = 3]
        currency -> Bpchar,
        state -> Text,
        pay_period -> Text,
        cut_off_at -> Timestamptz,
        line_count -> Nullable<Int4>,
        people_count -> Nullable<Int4>,
        total_minor -> Nullable<Int8>,
        #[max_length = 64]
        lines_sha256 -> Nullable<Bpchar>,
        locked_at -> Nullable<Timestamptz>,
        locked_by_kind -> Nullable<Text>,
        locked_by_id -> Nullable<Uuid>,
        acknowledged_at -> Nullable<Timestamptz>,
        voided_at -> Nullable<Timestamptz>,
        void_reason -> Nullable<Text>,
        created_by_kind -> Text,
        created_by_id -> Uuid,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    payroll_claims (tenant_id, entry_id) {
        tenant_id -> Uuid,
        entry_id -> Uuid,
        batch_id -> Uuid,
        claimed_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    payroll_exclusions (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        batch_id -> Uuid,
        employee_id -> Uuid,
        reason_code -> Text,
        detail -> Nullable<Text>,
        entry_count -> Int4,
        total_minor -> Int8,
        explanation -> Nullable<Text>,
        explained_at -> Nullable<Timestamptz>,
        explained_by_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        resolved_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    payroll_layouts (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        code -> Text,
        name -> Text,
        pay_group_id -> Nullable<Uuid>,
        row_kind -> Text,
        amount_kind -> Text,
        chunk_size -> Nullable<Int4>,
        decimals -> Nullable<Int4>,
        column_list -> Jsonb,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
        replaces -> Bool,
        min_amount -> Nullable<Int8>,
        max_amount -> Nullable<Int8>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    payroll_lines (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        batch_id -> Uuid,
        number -> Int4,
        entry_id -> Uuid,
        employee_id -> Uuid,
        employee_number -> Text,
        employee_name -> Text,
        external_ids -> Jsonb,
        pay_item_code -> Text,
        kind -> Text,
        amount_minor -> Int8,
        #[max_length = 3]
        currency -> Bpchar,
        earned_starts_on -> Date,
        earned_ends_on -> Date,
        pay_period -> Text,
        issuance_way -> Text,
        tax_mode -> Nullable<Text>,
        tax_category -> Nullable<Text>,
        cost_centre -> Nullable<Text>,
        reason_code -> Text,
        reason_zh -> Text,
        reason_en -> Text,
        sources -> Jsonb,
        corrects_line_id -> Nullable<Uuid>,
        previous_line_id -> Nullable<Uuid>,
        made_by_kind -> Text,
        made_by_id -> Uuid,
        approved_by_id -> Uuid,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    periods (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        programme_id -> Uuid,
        period -> Text,
        starts_on -> Date,
        ends_on -> Date,
        starts_at -> Timestamptz,
        ends_at -> Timestamptz,
        state -> Text,
        closed_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
        snapshot_id -> Nullable<Uuid>,
        appeals_until_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    programme_groups (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        programme_id -> Uuid,
        group_id -> Uuid,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    programme_privileges (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        programme_id -> Uuid,
        content_access -> Text,
        content_grade -> Nullable<Text>,
        mentor_grade -> Nullable<Text>,
        mentor_capacity -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    programmes (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        code -> Text,
        name -> Text,
        description -> Nullable<Text>,
        state -> Text,
        time_zone -> Text,
        #[max_length = 3]
        currency -> Bpchar,
        cycle -> Text,
        rank_scope -> Text,
        board_size -> Int4,
        feedback_mode -> Text,
        feedback_window_minutes -> Int4,
        feedback_scale -> Int4,
        feedback_min_k -> Int4,
        budget_minor -> Nullable<Int8>,
        over_budget -> Text,
        person_cap_minor -> Nullable<Int8>,
        take_back -> Text,
        appraisal_weight_bp -> Int4,
        settle_days -> Int4,
        reuse_kinds -> Array<Text>,
        case_max_age_days -> Nullable<Int4>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
        feedback_items -> Jsonb,
        pays_from_on -> Nullable<Date>,
        early_delivery_minutes -> Int4,
        live_feedback_from_on -> Nullable<Date>,
        periods_end_on -> Nullable<Date>,
        appeal_days -> Int4,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    promotion_applications (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        employee_id -> Uuid,
        policy_id -> Uuid,
        target_code -> Text,
        asked_on -> Date,
        answer -> Jsonb,
        state -> Text,
        decided_at -> Nullable<Timestamptz>,
        decided_by_id -> Nullable<Uuid>,
        decision_reason -> Nullable<Text>,
        waiver_reason -> Nullable<Text>,
        waiver_first_approver_id -> Nullable<Uuid>,
        waiver_second_approver_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
        maker_id -> Nullable<Uuid>,
        self_approved -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    promotion_policies (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        target_code -> Text,
        version -> Int4,
        name -> Text,
        document -> Jsonb,
        maker_id -> Nullable<Uuid>,
        checker_id -> Nullable<Uuid>,
        self_approved -> Bool,
        published_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    promotion_waivers (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        employee_id -> Uuid,
        policy_id -> Uuid,
        target_code -> Text,
        place -> Text,
        criterion -> Jsonb,
        reason -> Text,
        state -> Text,
        maker_id -> Nullable<Uuid>,
        first_approver_id -> Nullable<Uuid>,
        first_approved_at -> Nullable<Timestamptz>,
        second_approver_id -> Nullable<Uuid>,
        approved_at -> Nullable<Timestamptz>,
        ended_by_id -> Nullable<Uuid>,
        ended_at -> Nullable<Timestamptz>,
        end_reason -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
        self_approved -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    provisional_periods (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        programme_id -> Uuid,
        period -> Text,
        live_period_id -> Uuid,
        live_version -> Int8,
        programme_version -> Int8,
        as_of -> Timestamptz,
        next_at -> Timestamptz,
        summary -> Jsonb,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    provisional_rewards (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        provisional_period_id -> Uuid,
        employee_id -> Uuid,
        result -> Jsonb,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    restatement_lines (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        restatement_id -> Uuid,
        employee_id -> Uuid,
        facts -> Jsonb,
        before -> Nullable<Jsonb>,
        after -> Nullable<Jsonb>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    restatement_proposals (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        restatement_id -> Uuid,
        line_id -> Uuid,
        employee_id -> Uuid,
        kind -> Text,
        policy_code -> Text,
        session_id -> Nullable<Uuid>,
        certificate_code -> Nullable<Text>,
        had_minor -> Int8,
        due_minor -> Int8,
        amount_minor -> Int8,
        held -> Bool,
        pay_item_code -> Text,
        reason_code -> Text,
        reason_params -> Jsonb,
        decline_reason -> Nullable<Text>,
        title_code -> Nullable<Text>,
        title_id -> Nullable<Uuid>,
        notice_id -> Nullable<Uuid>,
        firing -> Nullable<Jsonb>,
        hold_reasons -> Nullable<Jsonb>,
        opportunity_code -> Nullable<Text>,
        precedence_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    restatements (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        programme_id -> Uuid,
        period_id -> Uuid,
        period -> Text,
        base_id -> Uuid,
        base_number -> Int4,
        snapshot_id -> Uuid,
        number -> Int4,
        state -> Text,
        reason -> Text,
        lecturer_count -> Int4,
        #[max_length = 3]
        currency -> Bpchar,
        later_periods -> Jsonb,
        maker_id -> Nullable<Uuid>,
        checker_id -> Nullable<Uuid>,
        self_approved -> Bool,
        decided_at -> Nullable<Timestamptz>,
        decision_reason -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    reuse_events (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        content_id -> Uuid,
        employee_id -> Uuid,
        kind -> Text,
        occurred_at -> Timestamptz,
        source -> Text,
        source_ref -> Nullable<Text>,
        received_at -> Timestamptz,
        voided_at -> Nullable<Timestamptz>,
        voided_by_id -> Nullable<Uuid>,
        void_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    reward_entries (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        employee_id -> Uuid,
        programme_id -> Uuid,
        snapshot_id -> Nullable<Uuid>,
        policy_set_id -> Nullable<Uuid>,
        policy_code -> Nullable<Text>,
        session_id -> Nullable<Uuid>,
        earned_period -> Text,
        pay_item_code -> Text,
        kind -> Text,
        amount_minor -> Int8,
        #[max_length = 3]
        currency -> Bpchar,
        corrects_id -> Nullable<Uuid>,
        reason_code -> Text,
        reason_params -> Jsonb,
        reason_text -> Nullable<Text>,
        maker_kind -> Text,
        maker_id -> Uuid,
        caused_by_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    reward_entry_events (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        entry_id -> Uuid,
        seq -> Int4,
        event -> Text,
        maker_id -> Uuid,
        actor_kind -> Text,
        actor_id -> Uuid,
        self_approved -> Bool,
        batch_id -> Nullable<Uuid>,
        line_id -> Nullable<Uuid>,
        reason_code -> Nullable<Text>,
        reason -> Nullable<Text>,
        occurred_at -> Timestamptz,
        hold_reasons -> Nullable<Jsonb>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    reward_policy_sets (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        programme_id -> Uuid,
        version -> Int4,
        starts_period -> Text,
        starts_on -> Date,
        document -> Jsonb,
        maker_id -> Nullable<Uuid>,
        checker_id -> Nullable<Uuid>,
        self_approved -> Bool,
        published_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    role_grants (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        employee_id -> Uuid,
        role -> Text,
        department_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    scoring_rules (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        programme_id -> Uuid,
        version -> Int4,
        starts_period -> Text,
        starts_on -> Date,
        document -> Jsonb,
        maker_id -> Nullable<Uuid>,
        checker_id -> Nullable<Uuid>,
        self_approved -> Bool,
        published_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    session_audience (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        session_id -> Uuid,
        employee_id -> Uuid,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    session_change_requests (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        session_id -> Uuid,
        kind -> Text,
        starts_at -> Nullable<Timestamptz>,
        scheduled_minutes -> Nullable<Int4>,
        colleague_id -> Nullable<Uuid>,
        reason -> Text,
        state -> Text,
        asked_by_id -> Uuid,
        late_after -> Timestamptz,
        decided_at -> Nullable<Timestamptz>,
        decided_by_id -> Nullable<Uuid>,
        decision_note -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    session_lecturers (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        session_id -> Uuid,
        employee_id -> Uuid,
        credit -> Numeric,
        created_at -> Timestamptz,
        reserved_from -> Nullable<Timestamptz>,
        reserved_until -> Nullable<Timestamptz>,
        role -> Text,
        starts_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    sessions (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        programme_id -> Uuid,
        group_id -> Nullable<Uuid>,
        title -> Text,
        topic -> Nullable<Text>,
        kind -> Text,
        mode -> Text,
        place -> Nullable<Text>,
        state -> Text,
        scheduled_start -> Timestamptz,
        scheduled_minutes -> Int4,
        due_at -> Nullable<Timestamptz>,
        submitted_at -> Nullable<Timestamptz>,
        delivered_start -> Nullable<Timestamptz>,
        delivered_minutes -> Nullable<Int4>,
        head_count -> Nullable<Int4>,
        department_id -> Nullable<Uuid>,
        difficulty -> Nullable<Text>,
        is_first_run -> Bool,
        delivery_reported_at -> Nullable<Timestamptz>,
        delivery_reported_by_id -> Nullable<Uuid>,
        delivery_confirmed_at -> Nullable<Timestamptz>,
        delivery_confirmed_by_id -> Nullable<Uuid>,
        state_reason -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
        attendance_recorded_at -> Nullable<Timestamptz>,
        attendance_recorded_by_id -> Nullable<Uuid>,
        source -> Nullable<Text>,
        source_ref -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    sign_in_bindings (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        employee_id -> Uuid,
        issuer -> Text,
        subject -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    signing_keys (id) {
        id -> Uuid,
        kid -> Text,
        algorithm -> Text,
        public_jwk -> Jsonb,
        private_key_sealed -> Bytea,
        created_at -> Timestamptz,
        retired_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    snapshot_lecturers (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        snapshot_id -> Uuid,
        employee_id -> Uuid,
        employee_number -> Nullable<Text>,
        department_id -> Nullable<Uuid>,
        inputs -> Jsonb,
        card -> Jsonb,
        rewards -> Jsonb,
        status -> Text,
        reason -> Nullable<Text>,
        score -> Nullable<Numeric>,
        grade -> Nullable<Text>,
        rank -> Nullable<Int4>,
        ranked_of -> Nullable<Int4>,
        apart -> Jsonb,
        shortfall -> Nullable<Int4>,
        board_id -> Uuid,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    snapshot_standings (tenant_id, snapshot_id, board_id, shortfall) {
        tenant_id -> Uuid,
        snapshot_id -> Uuid,
        board_id -> Uuid,
        shortfall -> Int4,
        lecturers -> Int4,
        better -> Int4,
        better_scores -> Int4,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    snapshots (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        period_id -> Uuid,
        number -> Int4,
        rule_id -> Uuid,
        policy_set_id -> Nullable<Uuid>,
        settings -> Jsonb,
        #[max_length = 64]
        digest -> Bpchar,
        lecturer_count -> Int4,
        rated_count -> Int4,
        reward_total_minor -> Int8,
        #[max_length = 3]
        currency -> Bpchar,
        forced -> Bool,
        reason -> Nullable<Text>,
        closed_at -> Timestamptz,
        closed_by_kind -> Text,
        closed_by_id -> Uuid,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    tenants (id) {
        id -> Uuid,
        code -> Text,
        name -> Text,
        locale -> Text,
        grade_codes -> Array<Text>,
        self_approval -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
        time_zone -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    titles (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        employee_id -> Uuid,
        programme_id -> Nullable<Uuid>,
        code -> Text,
        snapshot_id -> Nullable<Uuid>,
        policy_code -> Nullable<Text>,
        granted_at -> Timestamptz,
        withdrawn_at -> Nullable<Timestamptz>,
        withdraw_reason -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
        earned_period -> Nullable<Text>,
        run -> Nullable<Jsonb>,
        withdrawn_by_id -> Nullable<Uuid>,
        firing_number -> Nullable<Int4>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    training_opportunities (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        code -> Text,
        kind -> Text,
        title -> Text,
        provider -> Text,
        description -> Nullable<Text>,
        place -> Nullable<Text>,
        starts_on -> Date,
        ends_on -> Date,
        apply_until_at -> Timestamptz,
        answer_days -> Int4,
        seats -> Int4,
        cost_minor -> Int8,
        currency -> Bpchar,
        budget_minor -> Nullable<Int8>,
        criteria -> Nullable<Jsonb>,
        ranking -> Jsonb,
        competence_kind -> Nullable<Text>,
        competence_months -> Nullable<Int4>,
        state -> Text,
        ranked_at -> Nullable<Timestamptz>,
        cancelled_at -> Nullable<Timestamptz>,
        cancel_reason -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    upload_parts (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        job_id -> Uuid,
        file -> Int4,
        part -> Int4,
        content -> Bytea,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    waiting_jobs (job_id) {
        job_id -> Uuid,
        tenant_id -> Uuid,
        due_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    what_if_lecturers (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        what_if_id -> Uuid,
        period_id -> Uuid,
        employee_id -> Uuid,
        moved -> Bool,
        before -> Jsonb,
        after -> Jsonb,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    what_if_periods (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        what_if_id -> Uuid,
        period_id -> Uuid,
        snapshot_id -> Uuid,
        report -> Jsonb,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    what_ifs (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        programme_id -> Uuid,
        rule_id -> Nullable<Uuid>,
        rule_digest -> Nullable<Text>,
        policy_set_id -> Nullable<Uuid>,
        policies_digest -> Nullable<Text>,
        periods -> Jsonb,
        job_id -> Uuid,
        requested_by_kind -> Text,
        requested_by_id -> Uuid,
        created_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
    }
}

diesel::joinable!(absences -> tenants (tenant_id));
diesel::joinable!(access_changes -> tenants (tenant_id));
diesel::joinable!(advice_findings -> tenants (tenant_id));
diesel::joinable!(advice_settings -> tenants (tenant_id));
diesel::joinable!(anonymous_counts -> tenants (tenant_id));
diesel::joinable!(anonymous_participants -> tenants (tenant_id));
diesel::joinable!(anonymous_texts -> tenants (tenant_id));
diesel::joinable!(api_clients -> tenants (tenant_id));
diesel::joinable!(appeal_events -> tenants (tenant_id));
diesel::joinable!(appeals -> tenants (tenant_id));
diesel::joinable!(application_cases -> tenants (tenant_id));
diesel::joinable!(attendance_records -> tenants (tenant_id));
diesel::joinable!(budget_raises -> tenants (tenant_id));
diesel::joinable!(calendar_days -> tenants (tenant_id));
diesel::joinable!(certificates -> tenants (tenant_id));
diesel::joinable!(competence_certificates -> tenants (tenant_id));
diesel::joinable!(content_authors -> tenants (tenant_id));
diesel::joinable!(content_versions -> tenants (tenant_id));
diesel::joinable!(contents -> tenants (tenant_id));
diesel::joinable!(credential_keys -> tenants (tenant_id));
diesel::joinable!(department_memberships -> tenants (tenant_id));
diesel::joinable!(departments -> tenants (tenant_id));
diesel::joinable!(display_names -> tenants (tenant_id));
diesel::joinable!(earlier_employments -> tenants (tenant_id));
diesel::joinable!(employee_external_ids -> tenants (tenant_id));
diesel::joinable!(employees -> tenants (tenant_id));
diesel::joinable!(external_metric_values -> tenants (tenant_id));
diesel::joinable!(feedback -> tenants (tenant_id));
diesel::joinable!(feedback_extensions -> tenants (tenant_id));
diesel::joinable!(feedback_papers -> tenants (tenant_id));
diesel::joinable!(former_employee_numbers -> tenants (tenant_id));
diesel::joinable!(former_external_ids -> tenants (tenant_id));
diesel::joinable!(former_mail_addresses -> tenants (tenant_id));
diesel::joinable!(hr_tasks -> tenants (tenant_id));
diesel::joinable!(idempotency_keys -> tenants (tenant_id));
diesel::joinable!(improvement_notices -> tenants (tenant_id));
diesel::joinable!(jobs -> tenants (tenant_id));
diesel::joinable!(lecturer_group_memberships -> tenants (tenant_id));
diesel::joinable!(lecturer_group_organisers -> tenants (tenant_id));
diesel::joinable!(lecturer_groups -> tenants (tenant_id));
diesel::joinable!(lecturer_levels -> tenants (tenant_id));
diesel::joinable!(lecturer_renewals -> tenants (tenant_id));
diesel::joinable!(lecturers -> tenants (tenant_id));
diesel::joinable!(live_periods -> tenants (tenant_id));
diesel::joinable!(live_results -> tenants (tenant_id));
diesel::joinable!(live_score_counts -> tenants (tenant_id));
diesel::joinable!(live_turns -> tenants (tenant_id));
diesel::joinable!(mentor_offers -> tenants (tenant_id));
diesel::joinable!(mentorship_notes -> tenants (tenant_id));
diesel::joinable!(mentorships -> tenants (tenant_id));
diesel::joinable!(opportunity_applications -> tenants (tenant_id));
diesel::joinable!(opportunity_precedences -> tenants (tenant_id));
diesel::joinable!(pay_group_members -> tenants (tenant_id));
diesel::joinable!(pay_groups -> tenants (tenant_id));
diesel::joinable!(pay_items -> tenants (tenant_id));
diesel::joinable!(payroll_acknowledgement_lines -> tenants (tenant_id));
diesel::joinable!(payroll_acknowledgements -> tenants (tenant_id));
diesel::joinable!(payroll_batches -> tenants (tenant_id));
diesel::joinable!(payroll_claims -> tenants (tenant_id));
diesel::joinable!(payroll_exclusions -> tenants (tenant_id));
diesel::joinable!(payroll_layouts -> tenants (tenant_id));
diesel::joinable!(payroll_lines -> tenants (tenant_id));
diesel::joinable!(periods -> tenants (tenant_id));
diesel::joinable!(programme_groups -> tenants (tenant_id));
diesel::joinable!(programme_privileges -> tenants (tenant_id));
diesel::joinable!(programmes -> tenants (tenant_id));
diesel::joinable!(promotion_applications -> tenants (tenant_id));
diesel::joinable!(promotion_policies -> tenants (tenant_id));
diesel::joinable!(promotion_waivers -> tenants (tenant_id));
diesel::joinable!(provisional_periods -> tenants (tenant_id));
diesel::joinable!(provisional_rewards -> tenants (tenant_id));
diesel::joinable!(restatement_lines -> tenants (tenant_id));
diesel::joinable!(restatement_proposals -> tenants (tenant_id));
diesel::joinable!(restatements -> tenants (tenant_id));
diesel::joinable!(reuse_events -> tenants (tenant_id));
diesel::joinable!(reward_entries -> tenants (tenant_id));
diesel::joinable!(reward_entry_events -> tenants (tenant_id));
diesel::joinable!(reward_policy_sets -> tenants (tenant_id));
diesel::joinable!(role_grants -> tenants (tenant_id));
diesel::joinable!(scoring_rules -> tenants (tenant_id));
diesel::joinable!(session_audience -> tenants (tenant_id));
diesel::joinable!(session_change_requests -> tenants (tenant_id));
diesel::joinable!(session_lecturers -> tenants (tenant_id));
diesel::joinable!(sessions -> tenants (tenant_id));
diesel::joinable!(sign_in_bindings -> tenants (tenant_id));
diesel::joinable!(snapshots -> tenants (tenant_id));
diesel::joinable!(titles -> tenants (tenant_id));
diesel::joinable!(training_opportunities -> tenants (tenant_id));
diesel::joinable!(upload_parts -> tenants (tenant_id));
diesel::joinable!(waiting_jobs -> tenants (tenant_id));
diesel::joinable!(what_if_lecturers -> tenants (tenant_id));
diesel::joinable!(what_if_periods -> tenants (tenant_id));
diesel::joinable!(what_ifs -> tenants (tenant_id));
