//! How far the window's end has come: it is asked for while something runs, the window is gone at once when that is agreed
//! to, and the program follows when the jobs have ended.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Closing {
    #[default]
    No,
    /// The person has agreed that jobs are cancelled with the window.
    Agreed,
    /// The window is hidden and jobs are ending.
    Hidden,
}
