//! Edits against rows that no import makes: linked scenes.

use super::*;
use crate::catalog::{GroupId, Snapshot, Unit};
use crate::project::Project;

/// Four scenes of a film with an image each; the first and the third are linked.
fn catalog(folder: &std::path::Path) -> Catalog {
    let project = Project::create(&folder.join("project")).unwrap();
    let catalog = Catalog::open(&project).unwrap();
    catalog
        .connection
        .execute_batch(
            "INSERT INTO class (id, name) VALUES (1, 'elves');
             INSERT INTO source (id, kind, name, origin) VALUES (1, 'film', 'elves', '/e.mp4');
             INSERT INTO scene_group VALUES (7);
             INSERT INTO scene (id, source, position, first_frame, last_frame, transition, scene_group)
             VALUES (1, 1, 0, 0, 9, 'start', 7), (2, 1, 1, 10, 19, 'cut', NULL),
                    (3, 1, 2, 20, 29, 'cut', 7), (4, 1, 3, 30, 39, 'cut', NULL);
             INSERT INTO image (id, source, class, scene, path, origin, hash, width, height, frame)
             SELECT id, 1, 1, id, id || '.jpg', id || '.jpg', id, 4, 3, first_frame FROM scene;
             INSERT INTO image (id, source, class, path, origin, hash, width, height)
             VALUES (5, 1, 1, '5.jpg', '5.jpg', 'e', 4, 3);",
        )
        .unwrap();
    catalog
}

fn valid(snapshot: &Snapshot) -> Vec<i64> {
    let scenes = snapshot.scenes.iter();
    let valid = scenes.filter(|scene| scene.side == Side::Valid);
    valid.map(|scene| scene.id.0).collect()
}

#[test]
fn a_unit_is_the_group_the_scene_or_the_image() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = catalog(folder.path()).snapshot().unwrap();
    let units: Vec<Unit> = snapshot
        .images
        .iter()
        .map(|image| snapshot.unit_of(image))
        .collect();
    assert_eq!(
        units,
        [
            Unit::Group(GroupId(7)),
            Unit::Scene(SceneId(2)),
            Unit::Group(GroupId(7)),
            Unit::Scene(SceneId(4)),
            Unit::Image(ImageId(5)),
        ]
    );
}

#[test]
fn linked_scenes_change_sides_together_and_come_back_together() {
    let folder = tempfile::tempdir().unwrap();
    let mut catalog = catalog(folder.path());
    let set_side = Edit::SetSide {
        scenes: vec![SceneId(3), SceneId(4)],
        side: Side::Valid,
    };
    catalog.apply(&set_side).unwrap();
    assert_eq!(valid(&catalog.snapshot().unwrap()), [1, 3, 4]);
    catalog.undo().unwrap();
    assert_eq!(valid(&catalog.snapshot().unwrap()), [0; 0]);

    let scenes = vec![SceneId(1), SceneId(2)];
    catalog.apply(&Edit::SetValidScenes { scenes }).unwrap();
    assert_eq!(valid(&catalog.snapshot().unwrap()), [1, 2, 3]);
}

#[test]
fn linking_joins_groups_on_one_side_and_is_undone_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut catalog = catalog(folder.path());
    let groups = |snapshot: &Snapshot| -> Vec<Option<i64>> {
        let scenes = snapshot.scenes.iter();
        scenes
            .map(|scene| scene.group.map(|group| group.0))
            .collect()
    };
    let scenes = vec![SceneId(2)];
    catalog.apply(&Edit::SetValidScenes { scenes }).unwrap();
    let before = catalog.snapshot().unwrap();
    let mut followed = before.clone();

    let link = |scenes: &[i64]| Edit::LinkScenes {
        scenes: scenes.iter().copied().map(SceneId).collect(),
    };
    let applied = catalog.edit(&link(&[2, 3])).unwrap().unwrap();
    let text = "Linked 3 scenes, of which 1 went to training";
    assert_eq!(applied.text, text);
    applied.update(&mut followed);
    let linked = catalog.snapshot().unwrap();
    assert_eq!(followed, linked);
    assert_eq!(groups(&linked), [Some(7), Some(7), Some(7), None]);
    assert_eq!(valid(&linked), [0; 0], "the others are trained on");
    assert!(catalog.edit(&link(&[1, 2])).unwrap().is_none());
    assert!(matches!(catalog.edit(&link(&[4])), Err(Error::Invalid(_))));
    assert!(matches!(
        catalog.edit(&link(&[4, 9])),
        Err(Error::Unknown { .. })
    ));

    let each = Edit::LinkEach {
        groups: vec![vec![SceneId(3), SceneId(4)], vec![SceneId(4), SceneId(1)]],
    };
    let applied = catalog.edit(&each).unwrap().unwrap();
    assert_eq!(applied.text, "Linked 4 scenes");
    let all_linked = catalog.snapshot().unwrap();
    assert_eq!(groups(&all_linked), [Some(7); 4]);
    catalog.undo().unwrap();
    assert_eq!(groups(&catalog.snapshot().unwrap()), groups(&linked));

    let scenes = vec![SceneId(1), SceneId(4)];
    catalog.apply(&Edit::SeparateScenes { scenes }).unwrap();
    let separated = catalog.snapshot().unwrap();
    assert_eq!(groups(&separated), [None, Some(7), Some(7), None]);
    catalog.undo().unwrap();
    catalog.undo().unwrap();
    let after = catalog.snapshot().unwrap();
    assert_eq!((after.scenes, after.images), (before.scenes, before.images));
}
