//! The train page: runs of any process show up, what cannot start says why, failures say what to do.

use std::path::PathBuf;
use std::time::Duration;

use crate::runs::{
    append_metrics, end, epoch, finished_run, steps, suggest_split, write_checkpoint, write_run,
    write_run_with,
};
use crate::window::{
    ClickAt as _, Window, empty_project, small_project, wait_for, wait_until, window,
};
use cutting_room::catalog::{Catalog, Edit};
use cutting_room::model::Arch;
use cutting_room::model::hub::Hub;
use cutting_room::project::Project;
use cutting_room::run::event::{Stopped, TrainEvent};
use cutting_room::ui::page::Page;
use eframe::egui::accesskit::Toggled;
use eframe::egui::{Event, Key, Modifiers, PointerButton, Pos2, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

const FIRST: &str = "20261123-101500-s1";
const SECOND: &str = "20261123-111500-s1";

fn split_project(folder: &tempfile::TempDir) -> PathBuf {
    let root = small_project(folder.path());
    suggest_split(&root);
    root
}

fn open(root: &std::path::Path) -> Window<'static> {
    let mut window = window(Some(root));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
    window.run_steps(3);
    window
}

fn click(window: &mut Window<'_>, label: &str) {
    window.click_at(window.get_by_label(label).rect());
    window.run_steps(3);
}

/// It lies below what the window shows.
fn unfold_expert(window: &mut Window<'_>) {
    window.get_by_label("Expert").click_accesskit();
    window.run_steps(15);
}

/// The button is there in any case.
fn is_blocked(window: &Window<'_>, button: &str) -> bool {
    window.get_by_label(button).accesskit_node().is_disabled()
}

/// Frames until the label is there: logs are looked at a few times a second.
#[test]
fn an_empty_project_explains_the_stages_and_leads_to_collect() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&empty_project(folder.path()));
    assert!(window.query_by_label("No run yet").is_some());
    assert!(is_blocked(&window, "Train stage 1"));
    click(&mut window, "Go to Collect");
    assert_eq!(window.state().as_ref().unwrap().page(), Page::Collect);
}

#[test]
fn without_validation_the_next_step_is_split() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&small_project(folder.path()));
    assert!(is_blocked(&window, "Train stage 1"));
    click(&mut window, "Go to Split");
    assert_eq!(window.state().as_ref().unwrap().page(), Page::Split);
}

#[test]
fn stage_2_asks_for_a_stage_1_run_and_then_names_the_one_it_starts_from() {
    let folder = tempfile::tempdir().unwrap();
    let root = split_project(&folder);
    let mut window = open(&root);
    assert!(!is_blocked(&window, "Train stage 1"));
    let words = "Train stage 1 first: stage 2 starts from its head.";
    assert!(window.query_by_label(words).is_some());
    assert!(is_blocked(&window, "Train stage 2"));
    write_run(&root, FIRST, &finished_run(0.75));
    wait_for(&mut window, &format!("run {FIRST}, finished"));
    assert!(!is_blocked(&window, "Train stage 2"));
    let from = format!("from {FIRST} (75.0 %)");
    assert!(window.query_by_label(&from).is_some());
}

#[test]
fn a_run_of_another_process_grows_while_one_watches() {
    let folder = tempfile::tempdir().unwrap();
    let root = split_project(&folder);
    let mut window = open(&root);
    write_run(&root, FIRST, &steps(1, 20));
    wait_for(&mut window, &format!("run {FIRST}"));
    for plot in ["Loss plot", "Accuracy plot: ", "Learning rate plot"] {
        let mut shown = window.query_all_by_label_contains(plot);
        assert!(shown.next().is_some(), "{plot}");
    }
    append_metrics(&root, FIRST, &[epoch(1, 0.5)]);
    append_metrics(&root, FIRST, &steps(21, 40));
    append_metrics(&root, FIRST, &end(0.75));
    wait_for(&mut window, "Best accuracy 75.0 % of 6 validation images");
    assert!(window.query_by_label("Accuracy plot").is_some());
}

#[test]
fn two_runs_can_be_laid_over_one_another() {
    let folder = tempfile::tempdir().unwrap();
    let root = split_project(&folder);
    write_run(&root, FIRST, &finished_run(0.5));
    write_run(&root, SECOND, &finished_run(0.75));
    let mut window = open(&root);
    let is_ticked = |window: &Window<'_>, id: &str| {
        let label = format!("overlay {id}");
        let tick = window.get_by_label(&label);
        tick.accesskit_node().toggled() == Some(Toggled::True)
    };
    assert!(is_ticked(&window, SECOND), "the newest is shown");
    assert!(!is_ticked(&window, FIRST));
    click(&mut window, &format!("overlay {FIRST}"));
    assert!(is_ticked(&window, FIRST) && is_ticked(&window, SECOND));
    // Each is known to ±20 points.
    let verdict = format!("25.0 points above {FIRST}: within the noise of ±28.3 (measured apart)");
    assert!(window.query_by_label(&verdict).is_some());
}

#[test]
fn a_run_says_between_what_its_accuracy_lies() {
    let folder = tempfile::tempdir().unwrap();
    let root = split_project(&folder);
    write_run(&root, FIRST, &finished_run(0.75));
    let window = open(&root);
    // Over the plot and in the list of runs.
    let texts = window.query_all_by_label("55 to 95 %").count();
    assert!(texts >= 1, "{texts}");
}

#[test]
fn a_failed_run_shows_its_reason_and_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let root = split_project(&folder);
    let mut events = steps(1, 3);
    events.push(TrainEvent::Failed {
        message: "no space left on the disk; free some and train again".into(),
        can_resume: true,
    });
    write_run(&root, FIRST, &events);
    let window = open(&root);
    for label in [
        format!("Run {FIRST} failed").as_str(),
        "No space left on the disk",
        "Free some and train again",
        "Copy details",
    ] {
        assert!(window.query_by_label(label).is_some(), "{label}");
    }
}

#[test]
fn a_cancelled_run_is_no_failed_one_and_can_be_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let root = split_project(&folder);
    let mut events = steps(1, 25);
    events.push(TrainEvent::Cancelled);
    write_run(&root, FIRST, &events);
    write_checkpoint(&root, FIRST);
    let mut window = open(&root);
    wait_for(&mut window, &format!("run {FIRST}, cancelled"));
    for label in ["Cancelled at epoch 2 of 2", "Resume"] {
        assert!(window.query_by_label(label).is_some(), "{label}");
    }
}

#[test]
fn a_run_cancelled_before_its_first_epoch_says_why_its_plots_are_empty() {
    let folder = tempfile::tempdir().unwrap();
    let root = split_project(&folder);
    write_run(&root, FIRST, &[TrainEvent::Cancelled]);
    let mut window = open(&root);
    for (plot, what, first) in [
        ("Accuracy", "accuracy", "epoch"),
        ("Loss", "loss", "step"),
        ("Learning rate", "learning rate", "step"),
    ] {
        let words = format!(
            "{plot} plot: No {what}: the run was cancelled before its first {first} was over"
        );
        wait_for(&mut window, &words);
    }
    // With a first epoch there are curves.
    write_run(&root, SECOND, &finished_run(0.75));
    wait_for(&mut window, &format!("run {SECOND}, finished"));
    window.run_steps(3);
    assert!(window.query_by_label("Accuracy plot").is_some());
}

#[test]
fn a_batch_that_did_not_fit_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let root = split_project(&folder);
    let mut events = vec![TrainEvent::BatchHalved {
        asked: 32,
        batch: 8,
        accumulate: 4,
        needed_bytes: 5 << 30,
        available_bytes: 3 << 30,
    }];
    events.extend(steps(1, 3));
    write_run(&root, FIRST, &events);
    let window = open(&root);
    let said =
        window.query_by_label_contains("Batch 8 with 4 batches to a step instead of batch 32");
    assert!(said.is_some());
}

#[test]
fn a_net_of_the_hub_offers_its_weights_and_no_other_does() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&split_project(&folder));
    let offers = |window: &Window<'_>| window.query_by_label("Download weights").is_some();
    assert!(!offers(&window), "its weights are inside the program");
    for (net, is_offered) in [("DenseNet-121", true), ("SqueezeNet 1.1", false)] {
        // A choice by the accessibility tree leaves the list open.
        if window.query_by_label(net).is_none() {
            window.click_at(window.get_by_label("Net").rect());
            window.run_steps(3);
        }
        // The list is longer than what is shown of it.
        window.get_by_label(net).click_accesskit();
        window.run_steps(3);
        // Weights that this user has downloaded already stand in the field, and there is nothing to offer.
        let is_here = Hub::of_user().is_ok_and(|hub| hub.cached(Arch::Densenet121).is_some());
        assert_eq!(offers(&window), is_offered && !is_here, "{net}");
        assert!(is_here || is_blocked(&window, "Train stage 1"));
    }
}

#[test]
fn the_seen_part_is_chosen_on_a_image() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&split_project(&folder));
    unfold_expert(&mut window);
    let chosen = |window: &Window<'_>, label: &str| {
        window.get_by_label(label).accesskit_node().toggled() == Some(Toggled::True)
    };
    assert!(chosen(&window, "Seen part: whole"));
    window.get_by_label("Seen part: padded").click_accesskit();
    window.run_steps(3);
    assert!(chosen(&window, "Seen part: padded"));
    assert!(!chosen(&window, "Seen part: whole"));
}

#[test]
fn a_run_that_was_cut_off_says_where_and_can_be_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let root = split_project(&folder);
    write_run(&root, FIRST, &steps(1, 25));
    let mut window = open(&root);
    let words = "Interrupted at epoch 2 of 2";
    assert!(window.query_by_label(words).is_some());
    assert!(
        window.query_by_label("Resume").is_none(),
        "there is no checkpoint to go on from"
    );
    write_run_with(&root, SECOND, &steps(1, 5), |info| {
        info.split_hash = "0123456789abcdef".to_owned();
    });
    write_checkpoint(&root, SECOND);
    wait_for(&mut window, &format!("run {SECOND}, interrupted"));
    // The file is no checkpoint, and the run was begun on another split: both are said, nothing breaks.
    click(&mut window, "Resume");
    wait_for(&mut window, "was started on split");
}

/// A small image is looked at quickly.
fn choose_size(window: &mut Window<'_>, pixels: f64) {
    let field = window.get_by_role_and_label(Role::SpinButton, "Size");
    field.set_value_accesskit(pixels);
    window.run_steps(3);
    assert_eq!(number(window, Role::SpinButton, "Size"), pixels);
}

fn number(window: &Window<'_>, role: Role, label: &str) -> f64 {
    let field = window.get_by_role_and_label(role, label);
    field
        .accesskit_node()
        .numeric_value()
        .unwrap_or_else(|| panic!("the field has no number"))
}

fn drag(window: &mut Window<'_>, from: Pos2, to: Pos2) {
    let button = |pos, pressed| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    let steps = [
        Event::PointerMoved(from),
        button(from, true),
        Event::PointerMoved(from.lerp(to, 0.5)),
        Event::PointerMoved(to),
        button(to, false),
    ];
    for event in steps {
        window.event(event);
        window.run_steps(1);
    }
    window.run_steps(2);
}

#[test]
fn a_learning_rate_is_found_picked_and_put_into_the_form() {
    let folder = tempfile::tempdir().unwrap();
    let root = split_project(&folder);
    let mut window = open(&root);
    choose_size(&mut window, 64.0);
    click(&mut window, "Find learning rate of stage 1");
    assert!(
        is_blocked(&window, "Train stage 1"),
        "two at once would only slow each other"
    );
    wait_for(&mut window, "Find learning rate of stage 1, finished");
    let picked = |window: &Window<'_>| number(window, Role::Slider, "Picked learning rate");
    let suggested = picked(&window);
    assert!((1e-7..=1.0).contains(&suggested), "{suggested}");
    assert!(window.query_by_label_contains("Valley ").is_some());

    // Anywhere in the plot, then by keys from there.
    let plot = window.get_by_label("Picked learning rate").rect();
    drag(
        &mut window,
        plot.center(),
        plot.center() + eframe::egui::vec2(40.0, 0.0),
    );
    let dragged = picked(&window);
    assert!(dragged > 1e-4 && dragged < 1e-1, "{dragged}");
    window.key_press(Key::ArrowRight);
    window.run_steps(3);
    assert!((picked(&window) / dragged - 1.12).abs() < 0.08);
    window.key_press(Key::ArrowLeft);
    window.key_press(Key::ArrowLeft);
    window.run_steps(3);
    let by_keys = picked(&window);
    assert!(by_keys < dragged, "{by_keys} {dragged}");
    assert_eq!(number(&window, Role::SpinButton, "Rate"), by_keys);

    click(&mut window, "Use this rate");
    assert_eq!(number(&window, Role::SpinButton, "Learning rate"), by_keys);
    assert!(window.query_by_label("Picked learning rate").is_none());
    let session = window.state().as_ref().unwrap().session().unwrap();
    assert!(session.runs().is_empty(), "a sweep leaves no run behind");
}

#[test]
fn a_cancelled_sweep_keeps_the_rates_it_tried() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&split_project(&folder));
    choose_size(&mut window, 64.0);
    click(&mut window, "Train stage 1");
    wait_for(&mut window, ", finished");
    // A sweep of the head alone would be over before it can be cancelled.
    window
        .get_by_label("Find learning rate of stage 2")
        .click_accesskit();
    window.run_steps(3);
    wait_for(&mut window, "Picked learning rate");
    click(&mut window, "Cancel");
    wait_for(&mut window, "Find learning rate of stage 2, cancelled");
    assert!(
        window
            .query_by_label_contains("Cancelled: these are")
            .is_some()
    );
    click(&mut window, "Close");
    assert!(window.query_by_label("Picked learning rate").is_none());
    assert!(!is_blocked(&window, "Train stage 1"));
}

#[test]
fn settings_are_cross_validated_and_leave_no_run() {
    let folder = tempfile::tempdir().unwrap();
    let root = split_project(&folder);
    let mut window = open(&root);
    choose_size(&mut window, 64.0);
    click(&mut window, "Cross-validate stage 1");
    wait_for(&mut window, "Cross-validate stage 1, finished");
    for text in ["2 of 2 folds done", "each predicted unseen"] {
        assert!(window.query_by_label_contains(text).is_some(), "{text}");
    }
    assert!(
        window
            .query_by_label("Scenes, least accurate first")
            .is_some()
    );
    assert!(window.query_by_label("Folds that are done").is_none());
    click(&mut window, "Measure other folds too");
    wait_until(&mut window, "both deals are measured", |window| {
        window
            .query_by_label_contains("4 of 4 folds done")
            .is_some()
    });
    wait_for(&mut window, "Cross-validate stage 1, finished");
    click(&mut window, "Close");
    assert!(
        window
            .query_by_label("Scenes, least accurate first")
            .is_none()
    );
    assert!(!is_blocked(&window, "Train stage 1"));
    // Stage 2 needs no run to start from here.
    assert!(is_blocked(&window, "Train stage 2"));
    assert!(!is_blocked(&window, "Cross-validate stage 2"));
    assert_eq!(std::fs::read_dir(root.join("runs")).unwrap().count(), 0);
}

#[test]
fn a_sweep_that_fails_says_why_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let root = split_project(&folder);
    // Its weights were deleted.
    write_run(&root, FIRST, &finished_run(0.75));
    let mut window = open(&root);
    wait_for(&mut window, &format!("run {FIRST}, finished"));
    click(&mut window, "Find learning rate of stage 2");
    wait_for(&mut window, "Find learning rate of stage 2 failed");
    assert!(window.query_by_label_contains("lists the runs").is_some());
    click(&mut window, "Dismiss");
    assert!(!is_blocked(&window, "Train stage 2"));
}

/// Replaces what stands in a field of numbers; `last` is the key that leaves it.
fn type_number(window: &mut Window<'_>, label: &str, text: &str, last: Key) {
    let field = |window: &Window<'_>| {
        window
            .get_by_role_and_label(Role::SpinButton, label)
            .focus();
    };
    field(window);
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(1);
    window.event(Event::Text(text.to_owned()));
    window.run_steps(1);
    window.key_press(last);
    window.run_steps(3);
}

#[test]
fn a_number_that_cannot_be_is_refused_and_escape_takes_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&split_project(&folder));
    let rate = |window: &Window<'_>| number(window, Role::SpinButton, "Learning rate");
    let before = rate(&window);
    type_number(&mut window, "Learning rate", "0.5", Key::Escape);
    assert_eq!(rate(&window), before);
    type_number(&mut window, "Learning rate", "0.5abc", Key::Enter);
    assert_eq!(rate(&window), before);
    let refused = "“0.5abc” is no number";
    assert!(window.query_by_label(refused).is_some());
    type_number(&mut window, "Learning rate", "5", Key::Enter);
    assert_eq!(rate(&window), before);
    assert!(window.query_by_label(refused).is_none());
    assert!(
        window
            .query_by_label("“5” is not between 1e-7 and 1e0")
            .is_some()
    );
    type_number(&mut window, "Learning rate", "0,001", Key::Enter);
    assert_eq!(rate(&window), 1e-3);
}

#[test]
fn the_form_is_as_it_was_when_the_project_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let root = split_project(&folder);
    let mut window = open(&root);
    type_number(&mut window, "Learning rate", "2.54e-4", Key::Enter);
    choose_size(&mut window, 96.0);
    window.run_steps(2);
    drop(window);
    let window = open(&root);
    let shown = number(&window, Role::SpinButton, "Learning rate");
    assert_eq!(shown, 2.54e-4, "not what is shown of it");
    assert_eq!(number(&window, Role::SpinButton, "Size"), 96.0);
}

#[test]
fn a_run_that_failed_before_it_began_is_one_card_and_no_plot() {
    let folder = tempfile::tempdir().unwrap();
    let root = split_project(&folder);
    let failed = TrainEvent::Failed {
        message: "no space left on the disk; free some and train again".into(),
        can_resume: false,
    };
    write_run(&root, FIRST, &[failed]);
    let window = open(&root);
    assert_eq!(window.query_all_by_label("Copy details").count(), 1);
    assert!(window.query_by_label("Loss plot").is_none());
}

#[test]
fn a_stopped_run_is_called_so() {
    let folder = tempfile::tempdir().unwrap();
    let root = split_project(&folder);
    let mut events = steps(1, 25);
    events.push(epoch(2, 0.5));
    events.push(TrainEvent::Finished {
        best_epoch: 2,
        accuracy: 0.5,
        stopped: Some(Stopped::Asked),
        elapsed_secs: 25.0,
    });
    write_run(&root, FIRST, &events);
    let mut window = open(&root);
    wait_for(&mut window, &format!("run {FIRST}, stopped"));
    assert!(window.query_by_label("Stopped at epoch 2 of 2").is_some());
}

#[test]
fn a_contaminated_run_says_so_everywhere_and_is_no_start() {
    let folder = tempfile::tempdir().unwrap();
    let root = split_project(&folder);
    write_run_with(&root, FIRST, &finished_run(0.9), |info| {
        info.contaminated = Some(4);
    });
    let mut window = open(&root);
    let why = "Contaminated: it or a run that it started from was trained on 4 of the 6 validation images";
    let says = |window: &Window<'_>, label: &str| {
        window.query_all_by_label_contains(label).next().is_some()
    };
    assert!(says(&window, "contaminated: 4 of 6"), "in the list of runs");
    assert!(says(&window, why), "under its accuracy");
    assert!(is_blocked(&window, "Train stage 2"));
    assert!(says(
        &window,
        "the ones of this split were trained on validation images"
    ));

    write_run(&root, SECOND, &finished_run(0.5));
    wait_for(&mut window, &format!("run {SECOND}, finished"));
    assert!(says(&window, &format!("from {SECOND} (50.0 %)")));
    click(&mut window, &format!("overlay {FIRST}"));
    assert!(says(&window, &format!("not comparable with {FIRST}")));

    // The page that explains takes the honest one.
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num6);
    window.run_steps(3);
    let run = window.get_by_role_and_label(Role::ComboBox, "Run");
    assert_eq!(run.value().as_deref(), Some("Stage 1, 50.0 %"));
}

#[test]
fn too_few_scenes_have_no_interval_and_no_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let root = split_project(&folder);
    let with_interval = |accuracy: f64| -> Vec<TrainEvent> {
        let mut events = finished_run(accuracy);
        for event in &mut events {
            if let TrainEvent::Epoch { interval, .. } = event {
                *interval = Some([0.05, 0.95]);
            }
        }
        events
    };
    write_run(&root, FIRST, &with_interval(0.5));
    write_run(&root, SECOND, &with_interval(0.75));
    let mut window = open(&root);
    assert!(
        window
            .query_by_label("Too few scenes for an interval")
            .is_some()
    );
    assert!(window.query_all_by_label("too few scenes").count() >= 2);
    assert!(
        window
            .query_all_by_label_contains("5 to 95 %")
            .next()
            .is_none()
    );
    click(&mut window, &format!("overlay {FIRST}"));
    let verdict = format!("not comparable with {FIRST}: too few scenes");
    assert!(window.query_by_label(&verdict).is_some());
}

#[test]
fn warnings_of_a_run_are_listed_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let root = split_project(&folder);
    write_run(&root, FIRST, &finished_run(0.75));
    let warnings = root.join("runs").join(FIRST).join("warnings.jsonl");
    let line = r#"{"subject":"drakes/7.jpg","message":"is no image"}"#;
    std::fs::write(&warnings, format!("{line}\n")).unwrap();
    let mut window = open(&root);
    assert!(window.query_all_by_label("1 warning").count() >= 1);
    let title = window
        .query_all_by_label("1 warning")
        .find(|node| node.accesskit_node().role() == Role::DisclosureTriangle);
    let title = title.unwrap().rect();
    window.click_at(title);
    window.run_steps(20);
    assert!(window.query_by_label("drakes/7.jpg: is no image").is_some());
}

#[test]
fn a_test_set_is_offered_for_the_final_number() {
    let folder = tempfile::tempdir().unwrap();
    let root = split_project(&folder);
    let project = Project::open(&root).unwrap();
    let mut catalog = Catalog::open(&project).unwrap();
    let source = catalog
        .snapshot()
        .unwrap()
        .source_named("portraits")
        .unwrap()
        .id;
    let edits = [
        Edit::SetSourceClass {
            source,
            class: "elves".into(),
        },
        Edit::SetTest {
            source,
            is_test: true,
        },
    ];
    for edit in edits {
        catalog.apply(&edit).unwrap();
    }
    drop(catalog);
    let mut window = open(&root);
    choose_size(&mut window, 64.0);
    click(&mut window, "Train stage 1");
    wait_for(&mut window, "Measure on test set portraits");
    wait_for(&mut window, ", finished");
    click(&mut window, "Measure on test set portraits");
    wait_for(&mut window, "Test set portraits: ");
    let words = "0 of them seen in training";
    assert!(window.query_all_by_label_contains(words).next().is_some());
}

/// What is left, as the page and the bar at the foot say it.
fn time_left(window: &Window<'_>) -> [String; 2] {
    let texts: Vec<String> = window
        .query_all_by_label_contains(" left")
        .filter_map(|node| node.accesskit_node().label())
        .collect();
    let (bar, page) = texts
        .into_iter()
        .partition::<Vec<_>, _>(|text| text.contains('%'));
    [page.join(""), bar.join("")]
}

#[test]
fn a_run_is_paused_stopped_and_resumed_and_each_is_called_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&split_project(&folder));
    choose_size(&mut window, 64.0);
    let epochs = window.get_all_by_role_and_label(Role::SpinButton, "Epochs");
    for (field, count) in epochs.into_iter().zip([1.0, 200.0]) {
        field.set_value_accesskit(count);
    }
    window.run_steps(3);
    click(&mut window, "Train stage 1");
    wait_for(&mut window, ", finished");
    // Its epochs take long enough to be seen; those of stage 1 run over cached features.
    click(&mut window, "Train stage 2");
    wait_for(&mut window, " of 200");
    click(&mut window, "Pause");
    wait_for(&mut window, "Paused");
    wait_for(&mut window, ", paused");
    // The batch in hand is finished first.
    std::thread::sleep(Duration::from_millis(500));
    window.run_steps(5);
    let before = time_left(&window);
    assert!(before[1].ends_with(&before[0]), "{before:?}");
    std::thread::sleep(Duration::from_millis(1500));
    window.run_steps(5);
    assert_eq!(time_left(&window), before, "it stands still");
    click(&mut window, "Stop");
    wait_for(&mut window, ", stopped");
    wait_for(&mut window, "Stopped at epoch");
    click(&mut window, "Resume");
    wait_for(&mut window, ", resumed");
    click(&mut window, "Stop");
    wait_for(&mut window, ", stopped");
}
