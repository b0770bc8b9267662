//! Crops to characters: proposed by a machine, decided by a person, followed by everything that looks at the image.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed, and one that is skipped says so"
)]

use std::collections::BTreeSet;
use std::path::Path;

use crate::common::image;
use cutting_room::catalog::import::{ImportImages, Layout, Placement};
use cutting_room::catalog::{Catalog, CharacterCrop, CropOrigin, Decision, Edit, Snapshot};
use cutting_room::character::{Proposal, Proposals, accept, clear, read_boxes};
use cutting_room::dataset::{Crops, Split};
use cutting_room::media::crop_box::CropBox;
use cutting_room::progress::Progress;
use cutting_room::project::Project;

/// Two classes with four images each, on both sides of a split.
fn project(folder: &Path) -> (Project, Catalog) {
    for (seed, side) in ["train", "valid"].into_iter().enumerate() {
        for (other, class) in ["elves", "orcs"].into_iter().enumerate() {
            let dir = folder.join("found").join(side).join(class);
            std::fs::create_dir_all(&dir).unwrap();
            for number in 0..2 {
                let seed = (seed * 8 + other * 4 + number) as u32;
                image(200, 160, seed)
                    .save(dir.join(format!("{number}.png")))
                    .unwrap();
            }
        }
    }
    let project = Project::create(&folder.join("project")).unwrap();
    let mut catalog = Catalog::open(&project).unwrap();
    let import = ImportImages {
        folder: folder.join("found"),
        source: "found".to_owned(),
        placement: Placement::InPlace,
        is_test: false,
        layout: Layout::default(),
    };
    catalog
        .import_images(&project, &import, &Progress::silent())
        .unwrap();
    (project, catalog)
}

fn proposal(snapshot: &Snapshot, at: usize) -> Proposal {
    let image = &snapshot.images[at];
    Proposal {
        image: image.id,
        hash: image.hash.clone(),
        crop: CharacterCrop {
            part: CropBox::of_fractions([0.25, 0.25, 0.75, 1.0]).unwrap(),
            by: CropOrigin::Motion,
        },
        score: 0.7,
    }
}

fn crops(snapshot: &Snapshot) -> Option<Crops> {
    Split::of(snapshot).unwrap().crops
}

#[test]
fn what_is_proposed_changes_nothing_until_it_is_accepted_and_undo_brings_the_whole_image_back() {
    let folder = tempfile::tempdir().unwrap();
    let (project, mut catalog) = project(folder.path());
    let before = catalog.snapshot().unwrap();
    assert_eq!(Proposals::read(&project), Proposals::default());
    let found = [0, 1, 2].map(|at| proposal(&before, at));
    let looked_at = before.images.iter().map(|image| image.id).collect();
    let proposals = Proposals::default().replaced(&looked_at, found.to_vec());
    proposals.write(&project).unwrap();
    assert_eq!(catalog.snapshot().unwrap(), before);
    assert_eq!(crops(&before), None);

    let read = Proposals::read(&project);
    assert_eq!(read.open(&before).count(), 3);
    let done = catalog.apply(&accept(read.open(&before).take(2))).unwrap();
    assert_eq!(done, "Cropped 2 images of found to the character");
    let after = catalog.snapshot().unwrap();
    assert_eq!(read.open(&after).count(), 1, "two are decided");
    assert_eq!(after.images[0].size(), (100, 120));
    let decoded = after.images[0]
        .recipe()
        .decode(&after.images[0].path)
        .unwrap();
    assert_eq!(decoded.dimensions(), (100, 120));
    let of_split = crops(&after).unwrap().characters.unwrap();
    assert_eq!((of_split.images, of_split.by_heatmap), (2, 0));
    assert!(Crops::differ(
        crops(&before).as_ref(),
        crops(&after).as_ref()
    ));
    drop(catalog);

    // By the next session, too.
    let mut catalog = Catalog::open(&project).unwrap();
    catalog.undo().unwrap();
    assert_eq!(catalog.snapshot().unwrap().images, before.images);
    catalog.redo().unwrap();
    assert_eq!(catalog.snapshot().unwrap().images, after.images);
    let sources = [after.sources[0].id];
    let done = catalog.apply(&clear(&after, &sources)).unwrap();
    assert_eq!(done, "Stopped cropping 2 images of found to the character");
    assert_eq!(catalog.snapshot().unwrap().images, before.images);
}

#[test]
fn proposals_of_other_contents_of_rejected_images_and_of_a_later_look_are_open_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let (project, mut catalog) = project(folder.path());
    let snapshot = catalog.snapshot().unwrap();
    let mut found = [0, 1, 2].map(|at| proposal(&snapshot, at)).to_vec();
    found[0].hash = "of another file".to_owned();
    let proposals = Proposals { proposals: found };
    let reject = Edit::SetDecision {
        images: vec![snapshot.images[1].id],
        decision: Decision::Reject,
    };
    catalog.apply(&reject).unwrap();
    let snapshot = catalog.snapshot().unwrap();
    let open: Vec<&Proposal> = proposals.open(&snapshot).collect();
    assert_eq!(open, [&proposals.proposals[2]]);
    let looked_at = BTreeSet::from([snapshot.images[2].id]);
    let later = proposals.clone().replaced(&looked_at, Vec::new());
    assert_eq!(later.open(&snapshot).count(), 0);
    // A file that cannot be read is none: it can be found again.
    std::fs::create_dir_all(project.cache_dir()).unwrap();
    let path = project.cache_dir().join("character-proposals.json");
    std::fs::write(path, "{").unwrap();
    assert_eq!(Proposals::read(&project), Proposals::default());
}

#[test]
fn boxes_of_a_detector_are_found_by_every_way_to_name_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let (_project, catalog) = project(folder.path());
    let snapshot = catalog.snapshot().unwrap();
    let sources = [snapshot.sources[0].id];
    let absolute = folder.path().join("found/train/elves/1.png");
    let table = folder.path().join("boxes.csv");
    let text = format!(
        "image,x,y,width,height,confidence\ntrain/elves/0.png,10,20,80,90,0.5\n{},0,0,80,80,\nfound/valid/orcs/0.png,0,0,90,80,0.25\n",
        absolute.display()
    );
    std::fs::write(&table, text).unwrap();
    let read = read_boxes(&table, (&snapshot, &sources), 0.0).unwrap();
    assert_eq!(read.unknown, Vec::<String>::new());
    let found: Vec<(&str, f64)> = read
        .proposals
        .iter()
        .map(|proposal| {
            let image = snapshot.image(proposal.image).unwrap();
            (image.origin.as_str(), proposal.score)
        })
        .collect();
    assert_eq!(
        found,
        [
            ("train/elves/0.png", 0.5),
            ("train/elves/1.png", 1.0),
            ("valid/orcs/0.png", 0.25)
        ]
    );
    let size = snapshot.images[0].file_size();
    assert_eq!(
        read.proposals[0].crop.part.insets(size).inner(200, 160),
        (80, 90)
    );
}
