//! The borders of all images of a source, told together.

use super::film::{self, FrameRuns};
use super::{Insets, Runs};

/// An image of a source, as the border of the source is told from all of them.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// Frames of a film have one border.
    pub is_frame: bool,
    pub width: u32,
    pub height: u32,
    /// `None` if nobody has looked.
    pub runs: Option<Runs>,
}

/// The border of each image of a source, in their order: frames have that of their film, as far as frames of their size
/// were looked at; others have their own. `None` of what nobody can tell yet.
pub fn of_source(members: &[Member]) -> Vec<Option<Insets>> {
    let frames: Vec<FrameRuns> = members
        .iter()
        .filter(|member| member.is_frame)
        .filter_map(|member| {
            Some(FrameRuns {
                runs: member.runs?,
                width: member.width,
                height: member.height,
            })
        })
        .collect();
    let of_film = film::insets(&frames);
    let size = frames.first().map(|frame| (frame.width, frame.height));
    let of_member = |member: &Member| {
        if member.is_frame {
            let is_told = size == Some((member.width, member.height));
            return is_told.then_some(of_film);
        }
        Some(member.runs?.insets(member.width, member.height))
    };
    members.iter().map(of_member).collect()
}
