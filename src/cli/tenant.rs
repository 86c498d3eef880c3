//! `lectern tenant`: companies are made by the operator, as the owner of the schema; the service itself may not.

use aws_lc_rs::{digest, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio_postgres::NoTls;
use uuid::Uuid;

use crate::auth::public_client_id;
use crate::config::Config;
use crate::db::Migrations;
use crate::error::{Error, Result};
use crate::kernel::clock::Clock;
use crate::kernel::ids::Ids;
use crate::start::Database;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    Create(Create),
}

/// Make a company with its first administrator and its first machine client; the client's secret is shown once
#[derive(Debug, clap::Args)]
pub(super) struct Create {
    /// Short name in addresses and configuration: letters a-z, digits, hyphens
    #[arg(long)]
    code: String,
    /// The company's name
    #[arg(long)]
    name: String,
    /// Language of its notices: zh-CN or en
    #[arg(long, default_value = "zh-CN", value_parser = ["zh-CN", "en"])]
    locale: String,
    /// Employee number of the first administrator, who is a person: rules and money are approved by persons
    #[arg(long)]
    admin_number: String,
    /// Name of the first administrator
    #[arg(long)]
    admin_name: String,
    /// Work e-mail of the first administrator
    #[arg(long)]
    admin_email: Option<String>,
    /// Who proposes may also approve: only for a company too small for two pairs of eyes
    #[arg(long)]
    self_approval: bool,
}

pub(super) async fn run(command: Command, config: Config) -> Result<()> {
    let Command::Create(create) = command;
    let database = Database::attach(&config).await?;
    let made = make(&create, &database).await;
    database.close().await?;
    let (tenant, client, secret) = made?;
    println!("tenant        {tenant}  ({})", create.code);
    println!("client id     {client}");
    println!("client secret {secret}");
    println!("Keep the secret now: it is not stored and cannot be shown again.");
    Ok(())
}

async fn make(create: &Create, database: &Database) -> Result<(Uuid, String, String)> {
    if database.is_private() {
        Migrations::run(&database.migration_url).await?;
    }
    let clock = Clock::system();
    let (ids, now) = (Ids::new(clock.clone()), clock.now());
    let (tenant, employee, client) = (ids.next(), ids.next(), ids.next());
    let (secret, secret_sha256) = new_secret()?;
    let (mut sql, connection) =
        tokio_postgres::connect(&database.migration_url, NoTls).await.map_err(Error::internal)?;
    tokio::spawn(connection);
    let statements = async {
        let transaction = sql.transaction().await?;
        let insert = "INSERT INTO tenants (id, code, name, locale, self_approval, created_at, updated_at)
                      VALUES ($1::text::uuid, $2, $3, $4, $5, $6::text::timestamptz, $6::text::timestamptz)";
        let (id, stamp) = (tenant.to_string(), now.to_rfc3339());
        transaction
            .execute(insert, &[&id, &create.code, &create.name, &create.locale, &create.self_approval, &stamp])
            .await?;
        transaction.execute("SELECT set_config('app.tenant_id', $1, true)", &[&id]).await?;
        let insert = "INSERT INTO employees (tenant_id, id, employee_number, name, email, created_at, updated_at)
                      VALUES ($1::text::uuid, $2::text::uuid, $3, $4, $5, $6::text::timestamptz, $6::text::timestamptz)";
        let person = employee.to_string();
        transaction
            .execute(insert, &[&id, &person, &create.admin_number, &create.admin_name, &create.admin_email, &stamp])
            .await?;
        let insert = "INSERT INTO role_grants (tenant_id, id, employee_id, role, created_at)
                      VALUES ($1::text::uuid, $2::text::uuid, $3::text::uuid, 'admin', $4::text::timestamptz)";
        transaction.execute(insert, &[&id, &ids.next().to_string(), &person, &stamp]).await?;
        let insert = "INSERT INTO api_clients (tenant_id, id, name, secret_sha256, roles, created_at, updated_at)
                      VALUES ($1::text::uuid, $2::text::uuid, 'first client', $3, '{admin,hris}', $4::text::timestamptz, $4::text::timestamptz)";
        transaction.execute(insert, &[&id, &client.to_string(), &secret_sha256, &stamp]).await?;
        let insert = "INSERT INTO audit_entries (tenant_id, id, occurred_at, actor_kind, actor_id, command, subject_type, subject_id)
                      VALUES ($1::text::uuid, $2::text::uuid, $3::text::timestamptz, 'system', $4::text::uuid, 'create_tenant', 'tenant', $1::text::uuid)";
        transaction.execute(insert, &[&id, &ids.next().to_string(), &stamp, &Uuid::nil().to_string()]).await?;
        transaction.commit().await
    };
    statements.await.map_err(|error| refused(create, error))?;
    Ok((tenant, public_client_id(tenant, client), secret))
}

/// What the database refused, in the words of the arguments.
fn refused(create: &Create, error: tokio_postgres::Error) -> Error {
    let constraint = error.as_db_error().and_then(|refused| refused.constraint()).unwrap_or_default();
    let words = match constraint {
        "tenants_code_key" => format!("there is a tenant {:?} already", create.code),
        "tenants_code_format_check" | "tenants_code_check" => {
            format!("--code {:?} must be 1 to 64 letters a-z, digits and hyphens", create.code)
        }
        "tenants_name_check" => "--name must have 1 to 200 characters".to_owned(),
        "employees_employee_number_check" => "--admin-number must have 1 to 64 characters".to_owned(),
        "employees_name_check" => "--admin-name must have 1 to 200 characters".to_owned(),
        "employees_email_check" => "--admin-email must have 3 to 254 characters".to_owned(),
        _ => return Error::internal(error),
    };
    Error::internal(words)
}

/// 256 random bits as text, and the SHA-256 that is kept of it.
fn new_secret() -> Result<(String, Vec<u8>)> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| Error::internal("the system gives no randomness"))?;
    let secret = URL_SAFE_NO_PAD.encode(bytes);
    let kept = digest::digest(&digest::SHA256, secret.as_bytes()).as_ref().to_vec();
    Ok((secret, kept))
}
