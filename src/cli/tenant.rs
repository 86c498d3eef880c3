//! `lectern tenant`: the operator creates companies as the owner of the schema; the service itself is not allowed to.

use std::collections::BTreeSet;

use chrono_tz::Tz;
use tokio_postgres::NoTls;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::auth::public_client_id;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::kernel::clock::Clock;
use crate::kernel::ids::Ids;
use crate::kernel::text::{Code, EmployeeNumber, MailAddress, Name};
use crate::keys::{client_secret_sha256, new_client_secret};
use crate::start::{self, Database};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    Create(Create),
}

/// Create a company with its first administrator and its first machine client; the client's secret is shown only once
#[derive(Debug, clap::Args)]
pub(super) struct Create {
    /// Short name for addresses and configuration: letters a-z, digits, hyphens
    #[arg(long)]
    code: String,
    /// The company's name
    #[arg(long)]
    name: Name,
    /// Language of its notices: zh-CN or en
    #[arg(long, default_value = "zh-CN", value_parser = ["zh-CN", "en"])]
    locale: String,
    /// IANA time zone of the company: its days start at midnight there
    #[arg(long, default_value_t = Tz::Asia__Shanghai)]
    time_zone: Tz,
    /// Its grades, best first, separated by commas
    #[arg(long, value_delimiter = ',', default_values_t = DEFAULT_GRADES.map(str::to_owned), value_parser = grade_code)]
    grades: Vec<String>,
    /// Employee number of the first administrator, a person: only persons approve rules and money
    #[arg(long)]
    admin_number: EmployeeNumber,
    /// Name of the first administrator
    #[arg(long)]
    admin_name: Name,
    /// Work email of the first administrator
    #[arg(long)]
    admin_email: Option<MailAddress>,
    /// Allow people to approve their own proposals: only for a company too small for two approvers
    #[arg(long)]
    self_approval: bool,
}

/// The grades of a company created without any.
pub(super) const DEFAULT_GRADES: [&str; 4] = ["excellent", "good", "pass", "fail"];

fn grade_code(text: &str) -> std::result::Result<String, String> {
    <Code>::parse(text).map(String::from).map_err(|fault| fault.to_string())
}

/// A company to create.
pub(super) struct NewTenant<'a> {
    pub code: &'a str,
    pub name: &'a str,
    pub locale: &'a str,
    pub time_zone: Tz,
    /// Best first, without duplicates.
    pub grades: &'a [String],
    pub self_approval: bool,
    pub admin: Option<NewAdmin<'a>>,
    /// Names and roles of its machine clients.
    pub clients: &'a [(&'a str, &'a [&'a str])],
}

/// The first administrator.
pub(super) struct NewAdmin<'a> {
    pub number: &'a str,
    pub name: &'a str,
    pub email: Option<&'a str>,
}

/// The created company: ids and secrets to show once.
pub(super) struct MadeTenant {
    pub id: Uuid,
    pub clients: Vec<MadeClient>,
}

/// A machine client with its secret.
pub(super) struct MadeClient {
    pub public_id: String,
    pub secret: String,
}

pub(super) async fn run(command: Command, config: Config) -> Result<()> {
    let Command::Create(create) = command;
    let distinct: BTreeSet<&String> = create.grades.iter().collect();
    if distinct.len() < create.grades.len() || !(2..=20).contains(&create.grades.len()) {
        return Err(Error::internal("--grades takes 2 to 20 different grades"));
    }
    let address = start::public_url(&config, config.bind);
    let database = Database::attach(&config).await?;
    let admin =
        NewAdmin { number: &create.admin_number, name: &create.admin_name, email: create.admin_email.as_deref() };
    let new = NewTenant {
        code: &create.code,
        name: &create.name,
        locale: &create.locale,
        time_zone: create.time_zone,
        grades: &create.grades,
        self_approval: create.self_approval,
        admin: Some(admin),
        clients: &[("first client", &["admin", "hris"])],
    };
    let made = migrate_and_make(&new, &config, &database).await;
    database.close().await?;
    let made = made?;
    println!("tenant        {}  ({})", made.id, create.code);
    for client in made.clients {
        println!("client id     {}", client.public_id);
        println!("client secret {}", client.secret);
    }
    println!("Save the secret now: it is not stored and cannot be shown again. To get a token with it:");
    println!("  curl -u CLIENT_ID:CLIENT_SECRET -d grant_type=client_credentials {address}/oauth/token");
    Ok(())
}

async fn migrate_and_make(new: &NewTenant<'_>, config: &Config, database: &Database) -> Result<MadeTenant> {
    start::migrate_private(config, database).await?;
    make(new, database, Clock::system()).await
}

/// Creates the company in one transaction, as the owner of the schema.
pub(super) async fn make(new: &NewTenant<'_>, database: &Database, clock: Clock) -> Result<MadeTenant> {
    let (mut sql, connection) =
        tokio_postgres::connect(&database.migration_url, NoTls).await.map_err(Error::internal)?;
    tokio::spawn(connection);
    let transaction = sql.transaction().await.map_err(Error::internal)?;
    let maker = Maker { stamp: clock.now().to_rfc3339(), ids: Ids::new(clock), transaction };
    maker.make(new).await
}

/// The statements that create a company.
struct Maker<'t> {
    transaction: tokio_postgres::Transaction<'t>,
    ids: Ids,
    stamp: String,
}

impl Maker<'_> {
    async fn make(self, new: &NewTenant<'_>) -> Result<MadeTenant> {
        let tenant = self.ids.next();
        let insert = "INSERT INTO tenants (id, code, name, locale, time_zone, grade_codes, self_approval, created_at, updated_at)
                      VALUES ($1::text::uuid, $2, $3, $4, $5, $6, $7, $8::text::timestamptz, $8::text::timestamptz)";
        let (id, zone) = (tenant.to_string(), new.time_zone.name());
        let settings: [&(dyn ToSql + Sync); 8] =
            [&id, &new.code, &new.name, &new.locale, &zone, &new.grades, &new.self_approval, &self.stamp];
        self.run(insert, &settings).await?;
        self.run("SELECT set_config('app.tenant_id', $1, true)", &[&tenant.to_string()]).await?;
        let admin = match &new.admin {
            Some(admin) => Some(self.add_admin(tenant, admin).await?),
            None => None,
        };
        let mut clients = Vec::new();
        for (name, roles) in new.clients {
            clients.push(self.add_client(tenant, name, roles, admin.as_deref()).await?);
        }
        let insert = "INSERT INTO audit_entries (tenant_id, id, occurred_at, actor_kind, actor_id, command, subject_type, subject_id)
                      VALUES ($1::text::uuid, $2::text::uuid, $3::text::timestamptz, 'system', $4::text::uuid, 'create_tenant', 'tenant', $1::text::uuid)";
        let nil = Uuid::nil().to_string();
        self.run(insert, &[&tenant.to_string(), &self.ids.next().to_string(), &self.stamp, &nil]).await?;
        self.transaction.commit().await.map_err(Error::internal)?;
        Ok(MadeTenant { id: tenant, clients })
    }

    /// Returns the employee's id.
    async fn add_admin(&self, tenant: Uuid, admin: &NewAdmin<'_>) -> Result<String> {
        let (tenant, employee) = (tenant.to_string(), self.ids.next().to_string());
        let insert = "INSERT INTO employees (tenant_id, id, employee_number, name, email, created_at, updated_at)
                      VALUES ($1::text::uuid, $2::text::uuid, $3, $4, $5, $6::text::timestamptz, $6::text::timestamptz)";
        self.run(insert, &[&tenant, &employee, &admin.number, &admin.name, &admin.email, &self.stamp]).await?;
        let insert = "INSERT INTO role_grants (tenant_id, id, employee_id, role, created_at)
                      VALUES ($1::text::uuid, $2::text::uuid, $3::text::uuid, 'admin', $4::text::timestamptz)";
        self.run(insert, &[&tenant, &self.ids.next().to_string(), &employee, &self.stamp]).await?;
        Ok(employee)
    }

    /// The administrator gets its secret and is responsible for it.
    async fn add_client(&self, tenant: Uuid, name: &str, roles: &[&str], admin: Option<&str>) -> Result<MadeClient> {
        let client = self.ids.next();
        let secret = new_client_secret()?;
        let secret_sha256 = client_secret_sha256(&secret);
        let insert = "INSERT INTO api_clients (tenant_id, id, name, secret_sha256, roles, responsible_id, created_at, updated_at)
                      VALUES ($1::text::uuid, $2::text::uuid, $3, $4, $5, $6::text::uuid, $7::text::timestamptz, $7::text::timestamptz)";
        let (tenant_id, id) = (tenant.to_string(), client.to_string());
        self.run(insert, &[&tenant_id, &id, &name, &secret_sha256, &roles, &admin, &self.stamp]).await?;
        Ok(MadeClient { public_id: public_client_id(tenant, client), secret })
    }

    async fn run(&self, sql: &str, params: &[&(dyn tokio_postgres::types::ToSql + Sync)]) -> Result<()> {
        self.transaction.execute(sql, params).await.map_err(refused)?;
        Ok(())
    }
}

/// What the database refused, in terms of the arguments.
fn refused(error: tokio_postgres::Error) -> Error {
    let constraint = error.as_db_error().and_then(|refused| refused.constraint()).unwrap_or_default();
    let words = match constraint {
        "tenants_code_key" => "--code is already used by another tenant",
        "tenants_code_format_check" | "tenants_code_check" => "--code must be 1 to 64 letters a-z, digits and hyphens",
        "tenants_name_check" => "--name must have 1 to 200 characters",
        "employees_employee_number_check" => "--admin-number must have 1 to 64 characters",
        "employees_name_check" => "--admin-name must have 1 to 200 characters",
        "employees_email_check" => "--admin-email must have 3 to 254 characters",
        _ => return Error::internal(error),
    };
    Error::internal(words)
}
