//! stub
/// x
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Ui {
    /// x
    Auto,
    /// x
    Tui,
    /// x
    Plain,
    /// x
    None,
}
impl Ui {
    /// x
    pub fn renderer(
        self,
        interrupter: burn::train::Interrupter,
        _label: &str,
    ) -> Box<dyn burn::train::renderer::MetricsRenderer> {
        let _ = interrupter;
        Box::new(burn::train::renderer::CliMetricsRenderer::new())
    }
}
