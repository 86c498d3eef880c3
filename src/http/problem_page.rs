//! What problem codes mean: the page that a problem's `type` points to, and all codes together.

use serde::Serialize;
use utoipa::ToSchema;

use crate::error::Code;
use crate::kernel::fault::FaultCode;
use crate::kernel::language::Language;

/// What a problem code means.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemPage {
    /// The code.
    #[schema(max_length = 64, pattern = "^[a-z_]+$", examples("not_found"))]
    pub code: &'static str,
    /// The HTTP status that goes with it.
    #[schema(minimum = 400, maximum = 599, format = "int32", examples(404))]
    pub status: u16,
    /// A short summary.
    #[schema(max_length = 200, examples("Not found"))]
    pub title: &'static str,
    /// Its detail text, with placeholders in braces.
    #[schema(max_length = 2000, examples("There is no such {what}, or you may not see it."))]
    pub detail: &'static str,
}

/// What a code in the `errors` of a problem means.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaultPage {
    /// The code.
    #[schema(max_length = 64, pattern = "^[a-z_]+$", examples("out_of_range"))]
    pub code: &'static str,
    /// Its text about a value, with placeholders in braces.
    #[schema(max_length = 2000, examples("must be between {min} and {max}"))]
    pub detail: &'static str,
}

/// All codes that a problem can have.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemPages {
    /// Codes of problems, by status.
    #[schema(max_items = 1000)]
    pub items: Vec<ProblemPage>,
    /// Codes in the `errors` of problems.
    #[schema(max_items = 1000)]
    pub errors: Vec<FaultPage>,
}

/// The page of one code.
#[must_use]
pub fn problem_page(slug: &str, language: Language) -> Option<ProblemPage> {
    Code::ALL.iter().find(|code| code.slug() == slug).map(|code| page(*code, language))
}

/// All codes, as in the catalogues.
#[must_use]
pub fn problem_pages(language: Language) -> ProblemPages {
    let fault = |code: &FaultCode| FaultPage { code: code.slug(), detail: code.template(language) };
    ProblemPages {
        items: Code::ALL.iter().map(|code| page(*code, language)).collect(),
        errors: FaultCode::ALL.iter().map(fault).collect(),
    }
}

fn page(code: Code, language: Language) -> ProblemPage {
    ProblemPage {
        code: code.slug(),
        status: code.status(),
        title: code.title(language),
        detail: code.template(language),
    }
}
