//! The catalog is backed up by itself, and a damaged or missing one is an error that leads back to a backup.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed"
)]

use std::fs;

use crate::catalog_rows::{fill, project};
use cutting_room::Error;
use cutting_room::catalog::backup::list;
use cutting_room::catalog::restore::restore;
use cutting_room::catalog::{Catalog, Decision, Edit};
use cutting_room::project::Project;

fn reject_first(project: &Project, count: usize) {
    let mut catalog = Catalog::open(project).unwrap();
    let images = catalog.snapshot().unwrap().images;
    let edit = Edit::SetDecision {
        images: images.iter().take(count).map(|image| image.id).collect(),
        decision: Decision::Reject,
    };
    catalog.apply(&edit).unwrap();
}

fn decided(project: &Project) -> usize {
    let snapshot = Catalog::open_read_only(project)
        .unwrap()
        .snapshot()
        .unwrap();
    let is_decided = |image: &&_| {
        let image: &cutting_room::catalog::ImageRecord = image;
        image.decision != Decision::Undecided
    };
    snapshot.images.iter().filter(is_decided).count()
}

/// As if the newest backup had been made then.
fn date_newest(project: &Project, stamp: &str) {
    let newest = list(project).unwrap().remove(0);
    let older = newest
        .path
        .with_file_name(format!("catalog-{stamp}.sqlite"));
    fs::rename(newest.path, older).unwrap();
}

/// A project with images and one backup in which nothing is decided.
fn backed_up() -> (tempfile::TempDir, Project) {
    let (folder, project) = project();
    fill(&mut Catalog::open(&project).unwrap(), &project);
    drop(Catalog::open(&project).unwrap());
    date_newest(&project, "20200101-000000");
    (folder, project)
}

#[test]
fn a_backup_is_made_after_a_day_of_changes_and_five_stay() {
    let (_folder, project) = project();
    let images = fill(&mut Catalog::open(&project).unwrap(), &project)
        .images
        .len();
    assert!(list(&project).unwrap().is_empty(), "nothing to lose yet");
    for _ in 0..2 {
        drop(Catalog::open(&project).unwrap());
    }
    let backups = list(&project).unwrap();
    assert_eq!(backups.len(), 1, "one a day");
    let content = backups[0].content.unwrap();
    let images = images as u64;
    assert_eq!((content.images, content.decided), (images, 0));

    date_newest(&project, "20200101-000000");
    drop(Catalog::open(&project).unwrap());
    assert_eq!(
        list(&project).unwrap().len(),
        1,
        "nothing has changed since"
    );

    // Made while the clock was ahead: it says nothing about today.
    date_newest(&project, "20990101-000000");
    drop(Catalog::open(&project).unwrap());
    let names = list(&project).unwrap();
    assert_eq!(names.len(), 2, "{names:?}");
    fs::remove_file(&names[0].path).unwrap();
    date_newest(&project, "20200101-000000");

    for day in 2..9 {
        reject_first(&project, day);
        drop(Catalog::open(&project).unwrap());
        date_newest(&project, &format!("202001{day:02}-000000"));
    }
    let names: Vec<String> = list(&project)
        .unwrap()
        .into_iter()
        .map(|backup| backup.name)
        .collect();
    let expected: Vec<String> = (4..9)
        .rev()
        .map(|day| format!("catalog-202001{day:02}-000000.sqlite"))
        .collect();
    assert_eq!(names, expected);
}

#[test]
fn a_damaged_catalog_is_replaced_by_its_backup_and_set_aside() {
    let (_folder, project) = backed_up();
    reject_first(&project, 3);
    let bytes = fs::read(project.catalog_path()).unwrap();
    for damaged in [
        b"this is no database, by far".to_vec(),
        bytes[..bytes.len() / 2].to_vec(),
        [&bytes[..4096], &vec![0xaa; bytes.len() - 4096][..]].concat(),
    ] {
        for leftover in ["catalog.sqlite-wal", "catalog.sqlite-shm"] {
            let _ = fs::remove_file(project.root().join(leftover));
        }
        fs::write(project.catalog_path(), &damaged).unwrap();
        for opened in [Catalog::open(&project), Catalog::open_read_only(&project)] {
            let error = opened.unwrap_err();
            assert!(
                matches!(&error, Error::DamagedCatalog { backups: 1, .. }),
                "{error}"
            );
            assert!(
                error.to_string().contains("cutting-room restore"),
                "{error}"
            );
        }
        let restored = restore(&project, None).unwrap();
        assert_eq!(decided(&project), 0);
        let aside = restored.set_aside.unwrap().join("catalog.sqlite");
        assert_eq!(fs::read(aside).unwrap(), damaged);
        std::thread::sleep(std::time::Duration::from_millis(1100));
    }
}

#[test]
fn a_missing_catalog_is_not_made_anew_over_somebodys_work() {
    for is_emptied in [false, true] {
        let (_folder, project) = backed_up();
        reject_first(&project, 3);
        fs::remove_file(project.catalog_path()).unwrap();
        if is_emptied {
            fs::write(project.catalog_path(), "").unwrap();
        }
        for opened in [Catalog::open(&project), Catalog::open_read_only(&project)] {
            let error = opened.unwrap_err();
            assert!(
                matches!(error, Error::MissingCatalog { backups: 1, .. }),
                "{error}"
            );
        }
        restore(&project, None).unwrap();
        assert_eq!(decided(&project), 0);
    }
}

#[test]
fn without_a_backup_the_error_says_so_and_a_new_project_is_empty() {
    let (_folder, project) = project();
    assert!(Catalog::open_read_only(&project).is_ok());
    fs::create_dir_all(project.frames_dir().join("drakes")).unwrap();
    let error = Catalog::open(&project).unwrap_err();
    assert!(error.to_string().contains("there is no backup"), "{error}");
    assert!(restore(&project, None).is_err());
}

#[test]
fn a_damaged_backup_is_passed_over() {
    let (_folder, project) = backed_up();
    let sound = list(&project).unwrap().remove(0);
    fs::write(
        project.backups_dir().join("catalog-20210101-000000.sqlite"),
        "half a disk",
    )
    .unwrap();
    fs::write(project.catalog_path(), "no database").unwrap();
    assert_eq!(restore(&project, None).unwrap().backup, sound);
    let unknown = restore(&project, Some("catalog-19990101-000000.sqlite")).unwrap_err();
    assert!(unknown.to_string().contains("20200101"), "{unknown}");
    let damaged = restore(&project, Some("catalog-20210101-000000.sqlite")).unwrap_err();
    assert!(damaged.to_string().contains("damaged itself"), "{damaged}");
}
